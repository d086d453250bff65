// One spelling for the many in which a server may write a byte, so that a secret is looked for by what was meant. The
// same is done to secrets and to answers: what it takes away or confuses is taken from both.
//
//   dropped      bytes up to 0x20 and 0x7f: line breaks of base64 and quoted-printable, the zeros of UTF-16
//   decoded      \uXXXX \xXX %XX %uXXXX =XX &#N; &#xN; &name; of ASCII (RFC 8259, 3986, 2045, HTML), also the result of
//                one as a part of another: %2541 is A
//   dropped      every other backslash, and = before a line's end (a soft line break of RFC 2045)
//   made equal   small and capital letters (hex, percent-encoding), - and +, _ and / (the two alphabets of base64)
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace anchorhold::echo {

// Room behind the result that is written over.
inline constexpr std::size_t kSlack = 32;

// To `out`, which has room for raw.size() + kSlack bytes; how many it became: never more than there were.
std::size_t normalise(std::string_view raw, char* out) noexcept;

// Which raw bytes one of the normal form stands for.
struct Origin {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
};
// The same; `origins` has raw.size() places.
std::size_t normalise(std::string_view raw, char* out, std::span<Origin> origins) noexcept;

// A secret that can be searched for: long enough in its normal form that finding it is no accident and guessing it
// no game, visible ASCII alone, and short enough for the search to wait for its end. Why not, or null.
inline constexpr std::size_t kMinSecretBytes = 16;
inline constexpr std::size_t kMaxSecretBytes = 1024;
[[nodiscard]] const char* fault_of(std::string_view secret) noexcept;

}  // namespace anchorhold::echo
