// What a process that init starts is given, as data: a service, a tool of the boot or the agent's cell. What is not
// named here the process does not get.
#pragma once

#include <linux/securebits.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/unique_fd.hpp"
#include "init/launch/filter.hpp"

namespace anchorhold::init {

struct PassedFd {
    int fd = -1;  // the caller's; duplicated into the child
    int as = -1;  // its number there, 0 or above
};

struct ResourceLimit {
    int resource = 0;  // RLIMIT_*
    rlim_t soft = 0;
    rlim_t hard = 0;
};

// Root's uid gives no rights any more, and none of this can be undone (capabilities(7), "The securebits flags").
inline constexpr unsigned kRootWithoutRights = SECBIT_KEEP_CAPS | SECBIT_KEEP_CAPS_LOCKED | SECBIT_NOROOT |
                                               SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP_LOCKED |
                                               SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;

// Every descriptor named here stays the caller's.
struct LaunchSpec {
    std::vector<std::string> command;      // argv; [0] is the program's path
    std::vector<std::string> environment;  // NAME=value; nothing is inherited. launch() adds LISTEN_* for `sockets`
    std::string directory = "/";           // entered as the user
    mode_t file_mode_mask = 077;           // umask(2)

    // Name in LISTEN_FDNAMES and descriptor, numbered from 3 on (sd_listen_fds(3)).
    std::vector<std::pair<std::string, int>> sockets;
    std::vector<PassedFd> fds;  // 0, 1 and 2 are /dev/null unless named; what neither list names is closed

    std::string cgroup;     // the process is born in this cgroup v2 directory, which exists; empty: the caller's
    int oom_score_adj = 0;  // always written, never inherited
    // No core files; the kernel's 1024 descriptors would be a limit on the agent's connections.
    std::vector<ResourceLimit> limits = {{RLIMIT_CORE, 0, 0}, {RLIMIT_NOFILE, 65536, 65536}};

    std::uint64_t namespaces = 0;  // CLONE_NEWNS | CLONE_NEWPID …; those not named are shared with the caller
    int network = -1;              // network namespace to enter, the caller's descriptor; -1: per `namespaces`
    std::string hostname;          // set when CLONE_NEWUTS is asked for and it is not empty
    // Makes the child's view of files, in the child and with all its rights; needs CLONE_NEWNS. Empty: the caller's.
    std::function<Result<>()> enter_view;

    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;      // supplementary ones
    bool drop_capabilities = true;  // all but `capabilities`, from every set
    std::vector<int> capabilities;  // what stays in the bounding set, and in the permitted set while uid is 0
    unsigned securebits = 0;        // SECBIT_*; 0 leaves them as they are
    std::string apparmor;           // profile entered by exec; empty: none asked for
    bool no_new_privs = true;
    std::vector<Filter> filters;  // seccomp(2), loaded in this order just before exec
};

struct Child {
    pid_t pid = -1;
    UniqueFd pidfd;
    UniqueFd setup;  // non-blocking; read_setup_failure() reads it. Readable once exec worked or a step failed
};

}  // namespace anchorhold::init
