#include "base/token_bucket.hpp"

#include <algorithm>

namespace anchorhold {

bool TokenBucket::take(Clock::time_point now) {
    if (tokens_ == capacity_ || now < refilled_)
        refilled_ = now;
    const auto added = (now - refilled_) / refill_interval_;
    tokens_ = std::min(tokens_ + added, capacity_);
    refilled_ += added * refill_interval_;
    if (tokens_ == 0)
        return false;
    --tokens_;
    return true;
}

}  // namespace anchorhold
