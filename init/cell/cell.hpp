// Everything that runs for the agent runs in a cell: a process that init/launch starts in namespaces of its own, with a
// view of files made from rows. No user namespace: the caller is root.
//
// Sources: pivot_root(2), fsopen(2), mount_setattr(2), namespaces(7).
#pragma once

#include <string>
#include <vector>

#include "init/cell/mounts.hpp"
#include "init/launch/cgroup.hpp"
#include "init/launch/launch_spec.hpp"

namespace anchorhold::cell {

struct Spec : init::LaunchSpec {
    Spec() { file_mode_mask = 022; }

    std::vector<init::CgroupLimit> cgroup_limits;  // of `cgroup`, which is the caller's to make

    std::string root;           // becomes "/", read-only; empty: the caller's mounts as they are (needs CLONE_NEWNS)
    std::vector<Mount> mounts;  // on top of root, in this order
};

// What init/launch is given for it: the view as the child's step. Refers to nothing of `spec`.
[[nodiscard]] init::LaunchSpec launch_spec(const Spec& spec);

}  // namespace anchorhold::cell
