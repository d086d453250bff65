#include "shield/audit/flood.hpp"

#include <algorithm>
#include <utility>

namespace anchorhold::audit {

bool Allowance::take(Clock::time_point now) {
    // A clock that was set back gives nothing, and takes nothing.
    if (left_ == at_once_ || now < since_)
        since_ = now;
    const auto grown = (now - since_) / each_;
    left_ = std::min(left_ + grown, at_once_);
    since_ += grown * each_;
    if (left_ == 0)
        return false;
    --left_;
    return true;
}

std::int64_t Flood::count(std::int64_t more, Clock::time_point now) {
    untold_ += more;
    return told_.take(now) ? std::exchange(untold_, 0) : 0;
}

}  // namespace anchorhold::audit
