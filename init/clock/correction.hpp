// How the machine's clock is brought to the host's. Pure.
#pragma once

#include <cstdint>

namespace anchorhold::init {

inline constexpr std::int64_t kSecond = 1'000'000'000;  // nanoseconds, like all times here, since 1970
inline constexpr std::int64_t kLatest = 4'102'444'800;  // seconds: the year 2100; what says more is no clock

// The host's time lies between these two.
struct HostTime {
    std::int64_t earliest = 0;
    std::int64_t latest = 0;
};

struct Correction {
    enum class How : std::uint8_t { none, slew, step };
    How how = How::none;
    std::int64_t by = 0;
};

// Off by a second or more is a step, less is slewed; backwards only for two seconds or more, since programs take time
// to run forward.
[[nodiscard]] Correction correction(const HostTime& host, std::int64_t ours);

}  // namespace anchorhold::init
