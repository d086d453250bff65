// What a process of the shield denies itself and everybody else, before it reads its first secret.
#pragma once

#include "base/error.hpp"

namespace anchorhold {

// Not dumpable (so not traceable, and /proc/PID/mem closed), no core file, no new privileges.
[[nodiscard]] Result<> harden();

}  // namespace anchorhold
