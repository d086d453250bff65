// What a process that holds secrets denies itself and everybody else, before it reads the first one.
#pragma once

#include "base/error.hpp"

namespace anchorhold {

// Not dumpable (so not traceable, and /proc/PID/mem closed), no core file, no new privileges.
[[nodiscard]] Result<> harden();

}  // namespace anchorhold
