// Globs of the profile: `*` is any run of bytes without "/", `**` any run at all (both may be empty), every other
// byte is itself. In refs `*` is any run at all, as in git's refspecs. Compiled once; matching is one pass over the
// text, whatever the pattern.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace anchorhold::profile {

class Glob {
  public:
    static constexpr std::size_t kMaxPattern = 255;  // bytes; with it a state set is four words

    enum class Case : std::uint8_t { exact, any };  // `any`: ASCII letters match in either case
    enum class Star : std::uint8_t { within_part, any_run };

    // The error is a clause: "has ***", "has ?, which is no wildcard here: only * and ** are".
    static std::expected<Glob, std::string> compile(std::string_view pattern, Case letters = Case::exact,
                                                    Star star = Star::within_part);

    [[nodiscard]] bool matches(std::string_view text) const noexcept;
    // What every text that matches starts with; nothing where letters match in any case.
    [[nodiscard]] std::string_view prefix() const noexcept {
        return std::string_view(pattern_).substr(0, any_case_ ? 0 : wildcard_ ? prefix_ : pattern_.size());
    }
    [[nodiscard]] const std::string& pattern() const noexcept { return pattern_; }

  private:
    struct Automaton;
    [[nodiscard]] bool matches_exactly(std::string_view text) const noexcept;

    std::string pattern_;  // in small letters where they match in any case
    bool any_case_ = false;
    std::size_t prefix_ = 0;                      // length of what stands before the first wildcard
    std::size_t suffix_ = 0;                      // where what stands after the only wildcard starts
    bool wildcard_ = false;                       // false: the pattern is compared as it is
    bool crosses_ = false;                        // the only wildcard takes in slashes
    std::shared_ptr<const Automaton> automaton_;  // two wildcards and more
};

}  // namespace anchorhold::profile
