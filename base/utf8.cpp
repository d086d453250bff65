#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace anchorhold {
namespace {

struct Range {
    std::uint32_t first;
    std::uint32_t last;
    const char* why;
};

constexpr std::array kHidden = std::to_array<Range>({
    {0x0000, 0x001f, "C0 controls"},
    {0x007f, 0x009f, "DEL and C1 controls"},
    {0x00ad, 0x00ad, "soft hyphen"},
    {0x034f, 0x034f, "combining grapheme joiner, invisible"},
    {0x061c, 0x061c, "Arabic letter mark, reorders"},
    {0x115f, 0x1160, "Hangul fillers, invisible"},
    {0x17b4, 0x17b5, "Khmer inherent vowels, invisible"},
    {0x180b, 0x180f, "Mongolian selectors, invisible"},
    {0x200b, 0x200f, "zero width, left-to-right and right-to-left marks"},
    {0x2028, 0x202e, "line and paragraph separators, bidirectional embeddings"},
    {0x2060, 0x206f, "invisible operators, bidirectional isolates"},
    {0x3164, 0x3164, "Hangul filler, invisible"},
    {0xfe00, 0xfe0f, "variation selectors, invisible"},
    {0xfeff, 0xfeff, "byte order mark"},
    {0xffa0, 0xffa0, "halfwidth Hangul filler, invisible"},
    {0xfff0, 0xffff, "specials and noncharacters"},
    {0xe0000, 0xe0fff, "tags and variation selectors"},
});

constexpr std::uint32_t kBad = 0xffffffff;

// One code point at `at`, which moves behind it; or kBad.
std::uint32_t take(std::string_view text, std::size_t& at) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t lead = byte(at);
    if (lead < 0x80)
        return byte(at++);
    const std::size_t more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || text.size() - at <= more)
        return kBad;
    std::uint32_t point = lead & (0x3fU >> more);
    for (std::size_t i = 1; i <= more; ++i) {
        if ((byte(at + i) & 0xc0) != 0x80)
            return kBad;
        point = point << 6 | (byte(at + i) & 0x3fU);
    }
    at += more + 1;
    constexpr std::array<std::uint32_t, 4> kLeast{0, 0x80, 0x800, 0x10000};
    const bool surrogate = point >= 0xd800 && point <= 0xdfff;
    return point < kLeast[more] || surrogate || point > 0x10ffff ? kBad : point;
}

}  // namespace

bool valid_utf8(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size();)
        if (take(text, at) == kBad)
            return false;
    return true;
}

bool plain_utf8(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size();) {
        const std::uint32_t point = take(text, at);
        if (point == kBad || (point & 0xfffe) == 0xfffe)
            return false;
        if (std::ranges::any_of(kHidden,
                                [&](const Range& range) { return point >= range.first && point <= range.last; }))
            return false;
    }
    return true;
}

bool text_utf8(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size();) {
        const std::uint32_t point = take(text, at);
        const bool control = point < 0x20 || (point >= 0x7f && point <= 0x9f);
        if (point == kBad || (control && point != '\t' && point != '\n' && point != '\r'))
            return false;
    }
    return true;
}

}  // namespace anchorhold
