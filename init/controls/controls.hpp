// Guards that a test image can switch off one by one, to show that a test would fail without them (docs/design.md,
// "Guards and their controls"). The shipped build has no switch: off() is a constant false there and what hangs on it
// is not compiled in.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace anchorhold::init {

class Controls {
  public:
#ifdef ANCHORHOLD_CONTROLS
    // The words of the credential anchorhold.controls.off.
    explicit Controls(std::string_view words = {}) : words_(words) {
        constexpr std::string_view blank = " \t\r\n";
        for (auto at = words.find_first_not_of(blank); at != std::string_view::npos;
             at = words.find_first_not_of(blank, at)) {
            const auto end = std::min(words.find_first_of(blank, at), words.size());
            off_.emplace_back(words.substr(at, end - at));
            at = end;
        }
    }
    [[nodiscard]] bool off(std::string_view guard) const {
        for (const std::string& word : off_) {
            if (word == guard)
                return true;
        }
        return false;
    }
    // As services read them (base/controls.hpp).
    [[nodiscard]] std::string environment() const { return "ANCHORHOLD_CONTROLS_OFF=" + words_; }

  private:
    std::string words_;
    std::vector<std::string> off_;
#else
    explicit constexpr Controls(std::string_view /*words*/ = {}) {}
    [[nodiscard]] static constexpr bool off(std::string_view /*guard*/) { return false; }
#endif
};

}  // namespace anchorhold::init
