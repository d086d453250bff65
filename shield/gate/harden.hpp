// What the gatekeeper denies itself before it reads a secret.
#pragma once

#include "base/error.hpp"

namespace anchorhold::gate {

// Not dumpable (so not traceable, and /proc/PID/mem closed), no core file, no new privileges, and a bound on memory, so
// that a client of the bus which announces a huge message is refused it.
[[nodiscard]] Result<> harden();

}  // namespace anchorhold::gate
