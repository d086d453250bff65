// How much of an answer waits for what comes next, so that a secret is found across pieces. It depends on the kind of
// each byte alone, never on what is looked for: what goes on and when must not tell how much of a guess was right.
#pragma once

#include <cstddef>
#include <string_view>

namespace anchorhold::egress {

// At least so much of an unbroken run waits; it goes on in steps of as much.
inline constexpr std::size_t kMaxHeldBack = std::size_t{16} * 1024;

// Of the text's end: the run of visible bytes (and zeros: UTF-16), and the runs before it, with blanks or one line
// break between, while each ends in 40 characters of base64 or in "=", as broken base64 and quoted-printable do. A
// blank line ends it, so that an event goes on at once. The first `known` bytes were held back before.
[[nodiscard]] std::size_t held_back(std::string_view text, std::size_t known);

}  // namespace anchorhold::egress
