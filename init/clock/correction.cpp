#include "init/clock/correction.hpp"

namespace anchorhold::init {
namespace {

constexpr std::int64_t kForward = kSecond;
constexpr std::int64_t kBackward = -2 * kSecond;
constexpr std::int64_t kNegligible = kSecond / 500;

}  // namespace

Correction correction(const HostTime& host, std::int64_t ours) {
    using enum Correction::How;
    std::int64_t by = 0;
    if (ours < host.earliest)
        by = host.earliest - ours;
    else if (ours > host.latest)
        by = host.latest - ours;
    if (by < kNegligible && by > -kNegligible)
        return {};
    if (by < kForward && by > kBackward)
        return {.how = slew, .by = by};
    return {.how = step, .by = host.earliest + (host.latest - host.earliest) / 2 - ours};
}

}  // namespace anchorhold::init
