// What the gatekeeper denies itself before it reads a secret.
#pragma once

#include "base/error.hpp"

namespace anchorhold::gate {

// Not dumpable (so not traceable, and /proc/PID/mem closed), no core file, no new privileges, and a bound on memory, so
// that clients of the bus which announce huge messages are refused them or let go (bus.hpp) before the machine suffers.
[[nodiscard]] Result<> harden();

}  // namespace anchorhold::gate
