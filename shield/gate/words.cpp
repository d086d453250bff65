#include "shield/gate/words.hpp"

#include <bit>
#include <cstdint>

#include "base/utf8.hpp"

namespace anchorhold::gate {

std::string quotable(std::string_view text, std::size_t most) {
    std::string line;
    std::size_t count = 0;
    while (!text.empty() && count < most) {
        const int ones = std::countl_one(static_cast<std::uint8_t>(text.front()));
        const auto letter = text.substr(0, ones < 2 ? 1 : static_cast<std::size_t>(ones));
        text.remove_prefix(letter.size());
        const bool seen = plain_utf8(letter);
        // Nothing before the first word, and one space for any number of characters that cannot be seen.
        if ((!seen || letter == " ") && (line.empty() || line.back() == ' '))
            continue;
        line += !seen ? " " : letter == "\"" ? "'" : letter;
        ++count;
    }
    if (line.ends_with(' '))
        line.pop_back();
    return line;
}

}  // namespace anchorhold::gate
