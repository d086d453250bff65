// Text of bounded length in a message of fixed size. What does not fit is cut off; a peer's bytes need not end.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace anchorhold::init {

template <std::size_t size>
void put_text(std::array<char, size>& field, std::string_view text) {
    const std::size_t length = std::min(text.size(), size - 1);
    std::copy_n(text.data(), length, field.data());
    field[length] = '\0';
}

template <std::size_t size>
std::string_view text_in(const std::array<char, size>& field) {
    return {field.data(), static_cast<std::size_t>(std::ranges::find(field, '\0') - field.begin())};
}

}  // namespace anchorhold::init
