// The one primitive that runs anything for the agent: a process in namespaces of its own, with a mount view, cgroup
// limits, capabilities, AppArmor profile and seccomp filter as its Spec says. No user namespace: the caller is root.
//
// Sources: clone(2) (clone3, CLONE_INTO_CGROUP, CLONE_PIDFD), pivot_root(2), fsopen(2), mount_setattr(2), cgroups(7),
// capabilities(7), seccomp(2), PR_SET_NO_NEW_PRIVS(2const).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/unique_fd.hpp"
#include "init/cell/cgroup.hpp"
#include "init/cell/mounts.hpp"
#include "init/cell/seccomp.hpp"

namespace anchorhold::cell {

struct PassedFd {
    int fd = -1;  // the caller's; duplicated into the child
    int as = -1;  // its number there, 0 or above; all others are closed
};

struct Spec {
    std::uint64_t namespaces = 0;  // CLONE_NEWNS | CLONE_NEWPID …; those not named are shared with the caller
    int network = -1;              // a network namespace to enter, the caller's descriptor; -1: per `namespaces`
    std::string hostname;          // set when CLONE_NEWUTS is asked for and it is not empty

    std::string cgroup;            // absolute path of a cgroup v2 directory, made when missing; empty: the caller's
    Limits limits;                 // needs `cgroup`; controllers are switched on in the directory above it
    int oom_score_adj = 0;         // always written, never inherited
    std::uint64_t open_files = 0;  // hard RLIMIT_NOFILE, the soft one is 1024; 0 leaves both

    std::string root;           // becomes "/", read-only; empty: the caller's mounts as they are (needs CLONE_NEWNS)
    std::vector<Mount> mounts;  // on top of root, in this order

    uid_t uid = 0;
    gid_t gid = 0;
    bool drop_capabilities = true;
    std::vector<int> capabilities;  // what stays in the bounding set, and in the permitted set while uid is 0
    bool no_new_privs = true;
    std::string apparmor;         // profile entered by exec; empty: none asked for
    std::vector<Filter> seccomp;  // loaded in this order just before exec

    std::vector<PassedFd> fds;             // 0, 1 and 2 default to /dev/null in the child
    std::vector<std::string> environment;  // NAME=value; nothing is inherited
    std::string directory = "/";
    std::string program;
    std::vector<std::string> arguments;  // with argv[0]
};

// A child between clone and the end. Closing it does not end the child.
struct Running {
    pid_t pid = 0;
    UniqueFd pidfd;
    UniqueFd report;  // readable once the child has become its program, or has failed to
};

// Never waits for the child: makes the cgroup, clones, returns. An error means that there is no child.
// The caller has one thread.
[[nodiscard]] Result<Running> start(const Spec& spec);

enum class Progress { setting_up, running };

// Call when `report` is readable (on_io EPOLLIN). Never blocks. An error tells the stage, object and errno at which
// set-up failed: that child has exited with status 127 and is to be waited for as any other.
[[nodiscard]] Result<Progress> progress(const Running& running);

// For tests and tools, not for PID 1: waits until progress() knows; ETIMEDOUT after `patience`.
[[nodiscard]] Result<> wait_until_running(const Running& running, std::chrono::milliseconds patience);

}  // namespace anchorhold::cell
