// The clock's floor: certificates and profile dates must not be judged in 1970. The kernel has set the clock from the
// RTC.
#pragma once

#include "init/report/report.hpp"
#include "init/system/system.hpp"

namespace anchorhold::init {

// A clock before the image was built is moved there and reported: it is wrong, though less so.
Result<> hold_clock_floor(System& system, Report& report);

// Seconds since 1970 when the image was built.
[[nodiscard]] std::int64_t clock_floor(System& system);

// Says so when the kernel's random pool is not seeded yet; never waits for it.
void look_at_entropy(System& system, Report& report);

}  // namespace anchorhold::init
