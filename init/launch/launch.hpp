// The one primitive by which init starts a process: clone3 into its cgroup with a pidfd, then the steps of
// child_steps.cpp in the child, the last of which is exec. A step that fails is told through Child::setup as stage,
// object and errno.
//
// Sources: clone(2) (clone3, CLONE_INTO_CGROUP, CLONE_PIDFD), sd_listen_fds(3), capabilities(7), seccomp(2).
#pragma once

#include "base/error.hpp"
#include "init/launch/launch_spec.hpp"

namespace anchorhold::init {

// Exit status of a child that could not become its program.
inline constexpr int kSetupFailed = 127;

// Never waits for the child. An error means that there is no child; EINVAL, that the spec contradicts itself. The
// caller has one thread, so that the child may use all that the caller could.
[[nodiscard]] Result<Child> launch(const LaunchSpec& spec);

}  // namespace anchorhold::init
