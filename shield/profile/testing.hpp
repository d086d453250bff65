// What the room's tests share.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

#include "shield/profile/profile.hpp"

namespace anchorhold::profile {

inline std::string test_data(std::string_view name) {
    const auto top = std::filesystem::path(__FILE__).parent_path() / "../..";
    std::ifstream file(top / "tests/data" / name, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (text.empty())
        throw std::runtime_error("tests/data: cannot read " + std::string(name));
    return text;
}

// A profile with two hosts, two credentials and rules whose order matters.
inline const std::string kDemo = test_data("demo.toml");

// kDemo with one piece of its text replaced.
inline std::string demo_with(std::string_view old_text, std::string_view new_text) {
    std::string out(kDemo);
    return out.replace(out.find(old_text), old_text.size(), new_text);
}

inline Profile demo() {
    return std::move(*parse(kDemo));
}

}  // namespace anchorhold::profile
