// Which bytes may stand where in HTTP/1.1: RFC 9110 section 5.6.2 (token), 5.5 (field-value), RFC 9112 section 3.2
// (target). Internal to the http1 files.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace anchorhold::egress {

inline constexpr std::uint8_t kToken = 1;
inline constexpr std::uint8_t kUnderscore = 2;  // also a token
inline constexpr std::uint8_t kValue = 4;       // field-vchar, SP, HTAB
inline constexpr std::uint8_t kTarget = 8;
inline constexpr std::uint8_t kHost = 16;  // registered names and IPv4
inline constexpr std::uint8_t kIpv6 = 32;  // within the brackets
inline constexpr std::uint8_t kMethod = 64;

inline constexpr std::array<std::uint8_t, 256> kChars = [] {
    std::array<std::uint8_t, 256> table{};
    auto mark = [&](std::string_view chars, std::uint8_t flag) {
        for (const char c : chars)
            table[static_cast<unsigned char>(c)] |= flag;
    };
    constexpr std::string_view kDigits = "0123456789";
    constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
    for (const auto letters : {kDigits, kUpper, kLower})
        mark(letters, kToken | kHost);
    mark("!#$%&'*+-.^_`|~", kToken);
    mark("_", kUnderscore | kHost);
    mark("-.", kHost);
    mark("0123456789abcdefABCDEF:.", kIpv6);
    mark(kUpper, kMethod);
    mark("-", kMethod);
    for (std::size_t c = 0x20; c < 256; ++c)
        if (c != 0x7f)
            table[c] |= kValue;
    table['\t'] |= kValue;
    for (std::size_t c = 0x21; c < 0x7f; ++c)
        if (c != '#' && c != '\\')
            table[c] |= kTarget;
    return table;
}();

inline bool is_char(char c, std::uint8_t flags) noexcept {
    return (kChars[static_cast<unsigned char>(c)] & flags) != 0;
}

// The flags that every byte has.
inline std::uint8_t common_flags(std::string_view text) noexcept {
    std::uint8_t flags = 0xff;
    for (const char c : text)
        flags &= kChars[static_cast<unsigned char>(c)];
    return flags;
}

// Eight bytes at a time: a word without a control and without DEL needs no look at its bytes.
inline bool is_field_value(std::string_view text) noexcept {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    const char* at = text.data();
    std::size_t left = text.size();
    for (; left >= 8; at += 8, left -= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, 8);
        const std::uint64_t del = word ^ (kOnes * 0x7f);
        const std::uint64_t odd = ((word - kOnes * 0x20) & ~word) | ((del - kOnes) & ~del);
        if ((odd & (kOnes * 0x80)) != 0 && (common_flags({at, 8}) & kValue) == 0)
            return false;
    }
    return left == 0 || (common_flags({at, left}) & kValue) != 0;
}

inline std::string_view trim_ows(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

}  // namespace anchorhold::egress
