#include "init/cell/told.hpp"

#include <algorithm>
#include <string_view>

namespace anchorhold::cell {
namespace {

template <std::size_t size>
void put(std::array<char, size>& field, const std::string& text) {
    std::copy_n(text.data(), std::min(text.size(), size - 1), field.data());
}

template <std::size_t size>
std::string_view text_of(const std::array<char, size>& field) {
    return {field.data(), static_cast<std::size_t>(std::ranges::find(field, '\0') - field.begin())};
}

}  // namespace

Told tell(const Error& error) {
    Told told{.number = error.number};
    put(told.tried, error.tried);
    put(told.object, error.object);
    put(told.detail, error.detail);
    return told;
}

Result<> heard(const Told& told) {
    const std::string_view tried = text_of(told.tried);
    if (tried.empty())
        return {};
    return fail(tried, text_of(told.object), told.number, text_of(told.detail));
}

}  // namespace anchorhold::cell
