// Takes a cgroup away with all that is below it.
#pragma once

#include <string>

#include "base/error.hpp"

namespace anchorhold::init {

// Ends what still runs in it, and removes the groups from the leaves up. EBUSY while a process has not ended yet: to be
// tried again. Nothing to do where there is no such group.
[[nodiscard]] Result<> remove_cgroup(const std::string& path);

}  // namespace anchorhold::init
