// A token bucket: bounds how often something may happen, with room for a burst. Pure: the caller brings the clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace anchorhold {

class TokenBucket {
  public:
    using Clock = std::chrono::steady_clock;

    // The bucket starts full with `capacity` tokens; a used token comes back each time that `refill_interval` has
    // passed.
    TokenBucket(std::int64_t capacity, std::chrono::seconds refill_interval)
        : capacity_(capacity), refill_interval_(refill_interval), tokens_(capacity) {}

    // Uses a token; false where there is none. A clock that was set back neither adds tokens nor takes any.
    [[nodiscard]] bool take(Clock::time_point now);

  private:
    std::int64_t capacity_;
    std::chrono::seconds refill_interval_;
    std::int64_t tokens_;
    Clock::time_point refilled_;  // when `tokens_` was last brought up to date
};

}  // namespace anchorhold
