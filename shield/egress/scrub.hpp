// Takes a placed credential out of what comes back: every occurrence of a pattern is overwritten with asterisks of
// the same length, also across chunk borders. Pure. Bytes that might begin an occurrence are held until it is known.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "shield/egress/secret.hpp"

namespace anchorhold::egress {

class Scrubber {
  public:
    Scrubber() = default;
    Scrubber(const Scrubber&) = delete;
    Scrubber& operator=(const Scrubber&) = delete;
    ~Scrubber() {
        wipe(held_);
        wipe(joined_);
    }
    // The patterns stay the caller's and must live as long.
    explicit Scrubber(std::span<const Secret> patterns) : patterns_(patterns) {}

    [[nodiscard]] bool idle() const { return patterns_.empty(); }

    // What may go on now: `chunk` itself (changed in place) or, when bytes were held before, `joined`.
    [[nodiscard]] std::string_view pass(char* chunk, std::size_t size);
    // What was held; at the end of the body.
    [[nodiscard]] std::string_view rest();

    // A whole text at once.
    void clean(std::string& text) const;

  private:
    void overwrite(char* text, std::size_t size) const;
    [[nodiscard]] std::size_t possible_start(std::string_view text) const;

    std::span<const Secret> patterns_;
    // Ordinary memory, wiped: locked memory is for what egress places, and an answer has any length.
    std::string held_;
    std::string joined_;
};

}  // namespace anchorhold::egress
