// The last steps of every shutdown: file systems clean, then the power.
#pragma once

#include "init/report/report.hpp"
#include "init/shutdown/shutdown.hpp"
#include "init/system/system.hpp"

namespace anchorhold::init {

// Does not return in the guest. Bounded: a child turns the machine off when an unmount hangs.
void power_off_cleanly(System& system, Report& report, Kind kind);

}  // namespace anchorhold::init
