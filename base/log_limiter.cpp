#include "base/log_limiter.hpp"

#include <utility>

namespace anchorhold {

std::int64_t LogLimiter::should_log(std::int64_t events, TokenBucket::Clock::time_point now) {
    suppressed_ += events;
    return records_.take(now) ? std::exchange(suppressed_, 0) : 0;
}

}  // namespace anchorhold
