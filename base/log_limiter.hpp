// Bounds how many records one class of events makes, so that whoever can cause such events cannot fill the disk. No
// event is lost from the sum: a record says for how many it stands. Pure: the caller brings the clock.
#pragma once

#include <cstdint>

#include "base/token_bucket.hpp"

namespace anchorhold {

class LogLimiter {
  public:
    static constexpr std::int64_t kMaxBurst = 256;  // records at once; then one a second

    // `events` more have happened. Zero: suppress them now; otherwise log one record, which stands for so many: these
    // and all that were suppressed since the last record.
    [[nodiscard]] std::int64_t should_log(std::int64_t events, TokenBucket::Clock::time_point now);

  private:
    TokenBucket records_{kMaxBurst, std::chrono::seconds(1)};
    std::int64_t suppressed_ = 0;
};

}  // namespace anchorhold
