// What the image's kernel was built without, because its source no longer knew the option (kernel-config/configure).
#pragma once

#include "init/report/report.hpp"
#include "init/system/system.hpp"

namespace anchorhold::init {

// Each option that was asked for and is unknown makes the machine `degraded`; without the image's list nothing is said.
void report_kernel_options(System& system, Report& report);

}  // namespace anchorhold::init
