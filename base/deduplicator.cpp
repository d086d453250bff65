#include "base/deduplicator.hpp"

#include <utility>

namespace anchorhold {

std::int64_t Deduplicator::should_log(const std::string& key, Clock::time_point now) {
    if (seen_.size() >= kMaxKeys && !seen_.contains(key))
        seen_.clear();
    Seen& seen = seen_[key];
    ++seen.suppressed;
    if (now - seen.logged < kInterval && seen.logged != Clock::time_point{})
        return 0;
    seen.logged = now;
    return std::exchange(seen.suppressed, 0);
}

}  // namespace anchorhold
