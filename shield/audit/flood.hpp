// Bounds for what others can cause to be recorded. Pure: the caller brings the clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace anchorhold::audit {

using Clock = std::chrono::steady_clock;

// So many at once, and then one more each time that `each` has passed.
class Allowance {
  public:
    Allowance(std::int64_t at_once, std::chrono::seconds each) : at_once_(at_once), each_(each), left_(at_once) {}
    [[nodiscard]] bool take(Clock::time_point now);

  private:
    std::int64_t at_once_;
    std::chrono::seconds each_;
    std::int64_t left_;
    Clock::time_point since_;  // left_ was reckoned
};

// Refusals of one class: 256 at once and then one a second are told, the rest by number with the next that is. Without
// it whoever is refused often enough fills the disk.
class Flood {
  public:
    static constexpr std::int64_t kMaxAtOnce = 256;
    // Zero: say nothing now. Otherwise how many there were since the last record, with these `more`.
    std::int64_t count(std::int64_t more, Clock::time_point now);

  private:
    Allowance told_{kMaxAtOnce, std::chrono::seconds(1)};
    std::int64_t untold_ = 0;
};

}  // namespace anchorhold::audit
