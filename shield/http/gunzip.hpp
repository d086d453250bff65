// A small body that was sent with `Content-Encoding: gzip` (RFC 1952), plain: JGit sends small pushes so.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "shield/http/refusal.hpp"

namespace anchorhold::egress {

// Exactly one gzip member of at most `most` bytes once inflated.
[[nodiscard]] std::expected<std::string, Refusal> gunzip(std::string_view body, std::size_t most);

}  // namespace anchorhold::egress
