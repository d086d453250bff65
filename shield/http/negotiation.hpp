// Fields of a request that choose in which form, or how much, of an answer comes; and what was chosen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shield/http/http1_head.hpp"

namespace anchorhold::egress {

// By what such fields are called, known or not: Accept-…, Want-…, TE, A-IM, whatever has to do with ranges, encodings,
// character sets. Not what says it of the request's own body (Content-…), and not Accept, Accept-Language and
// Accept-Version (an API's), without which services do not work; what they bring is judged when it comes.
[[nodiscard]] bool negotiates(std::string_view name) noexcept;

// How the content is packed, by all of the fields that say so.
enum class Coding : std::uint8_t { identity, deflated, other };
[[nodiscard]] Coding coding_of(const MessageHead& head) noexcept;

// A character set that does not have ASCII's characters in ASCII's places, so that a search of bytes finds nothing in
// it: how it is called. Nothing: there is none.
[[nodiscard]] std::optional<std::string> foreign_charset(const MessageHead& head);

}  // namespace anchorhold::egress
