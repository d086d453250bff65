// Letters without case, of ASCII alone: other bytes, and the locale, do not matter.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace anchorhold {

constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

[[nodiscard]] inline std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) { return lower(c); });
    return out;
}

// Names mostly come in the very letters that are expected.
[[nodiscard]] inline bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept {
    if (left.size() != right.size())
        return false;
    if (left.empty() || std::memcmp(left.data(), right.data(), left.size()) == 0)
        return true;
    for (std::size_t i = 0; i < left.size(); ++i)
        if (lower(left[i]) != lower(right[i]))
            return false;
    return true;
}

}  // namespace anchorhold
