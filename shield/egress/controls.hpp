// Guards that a test image can switch off, to show that their tests would fail (docs/design.md, "Guards and their
// controls"). In shipped programs every answer is a constant.
#pragma once

#include <string_view>

#ifdef ANCHORHOLD_CONTROLS
#include <cstdlib>
#include <sstream>
#include <string>
#endif

namespace anchorhold::egress {

#ifdef ANCHORHOLD_CONTROLS
[[nodiscard]] inline bool guard_off(std::string_view guard) {
    const char* words = std::getenv("ANCHORHOLD_CONTROLS_OFF");
    std::istringstream list(words == nullptr ? "" : words);
    for (std::string word; list >> word;)
        if (word == guard)
            return true;
    return false;
}
#else
[[nodiscard]] constexpr bool guard_off(std::string_view /*guard*/) { return false; }
#endif

}  // namespace anchorhold::egress
