// What agent-api denies itself before it reads a byte of the agent's.
#pragma once

#include "base/error.hpp"

namespace anchorhold::agent_api {

// As base/harden.hpp says, and a bound on memory (RLIMIT_DATA), so that clients of the bus which announce huge messages
// are refused them or let go (bus.hpp) before the cgroup's limit ends the process.
[[nodiscard]] Result<> harden();

}  // namespace anchorhold::agent_api
