// A process of the cell as a session of sshd's would have it: the agent's uid, no capability, among the sessions.
#pragma once

#include <string>

#include "base/error.hpp"

namespace anchorhold::cell {

// Runs `program` so and waits for its end, a minute at most. Its error comes as a Told (told.hpp) on its standard
// output. For pid 1 of the cell, before it lowers its own capabilities and has other children.
[[nodiscard]] Result<> check_as_session(const std::string& program);

}  // namespace anchorhold::cell
