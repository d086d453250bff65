// What the gatekeeper denies itself before it reads a secret.
#pragma once

#include "base/error.hpp"

namespace anchorhold::gate {

// As base/harden.hpp says, and a bound on memory, so that clients of the bus which announce huge messages are refused
// them or let go (bus.hpp) before the machine suffers.
[[nodiscard]] Result<> harden();

}  // namespace anchorhold::gate
