// The child's way from clone to exec. Runs in the new process only; the order of its stages is the table in child.cpp.
#pragma once

#include "base/error.hpp"
#include "init/cell/cell.hpp"

namespace anchorhold::cell {

// Becomes the program. Returns only the error that stopped it.
[[nodiscard]] Error become(const Spec& spec, UniqueFd& report);

}  // namespace anchorhold::cell
