// Makes one child: clone3 into its cgroup with a pidfd, descriptors passed as sd_listen_fds(3) wants them, identity and
// privileges given up, then exec. PID 1 has one thread, so the child may use everything the parent could.
#pragma once

#include "base/error.hpp"
#include "init/supervise/child.hpp"

namespace anchorhold::init {

Result<Child> spawn_child(const ChildSpec& spec);

}  // namespace anchorhold::init
