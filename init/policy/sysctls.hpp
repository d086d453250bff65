// Sets the kernel settings and reads each back: one that did not hold is reported, never passed over. One of
// `conf/default` is also set on every link that is there already, to which the default no longer applies.
#pragma once

#include "init/policy/sysctl_table.hpp"
#include "init/report/report.hpp"
#include "init/system/system.hpp"

namespace anchorhold::init {

void set_sysctls(System& system, std::span<const SysctlRow> table, Report& report);

}  // namespace anchorhold::init
