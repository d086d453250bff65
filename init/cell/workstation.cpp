#include "init/cell/workstation.hpp"

#include <sched.h>
#include <sys/capability.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/identities.hpp"
#include "init/cell/machine_id.hpp"
#include "init/cell/seccomp.hpp"
#include "init/cell/session_groups.hpp"
#include "init/cell/workstation_view.hpp"

namespace anchorhold::cell {
namespace {

constexpr char kReaper[] = "/usr/lib/anchorhold/cell-reaper";
constexpr char kAgentCheck[] = "/usr/lib/anchorhold/agent-check";
constexpr int kListener = 3;  // sd_listen_fds(3): the first one
constexpr int kOomScore = 500;
constexpr rlim_t kOpenFilesSoft = 1024;  // what programs that use select(2) can bear
constexpr rlim_t kOpenFiles = 524288;

// What sshd's privileged half cannot work without. The agent has none of them.
constexpr int kCapabilities[] = {
    CAP_SETUID,     CAP_SETGID,  // become the agent
    CAP_SETPCAP,                 // empty the session's bounding set (pam_cap)
    CAP_CHOWN,                   // hand the terminal over
    CAP_SYS_CHROOT,              // sshd's own cage for its pre-authentication half
    CAP_KILL,                    // end sessions of the agent's uid
};

Result<> make_directory(const std::string& path, mode_t mode, uid_t uid, gid_t gid) {
    if (mkdir(path.c_str(), mode) == 0) {
        if (chown(path.c_str(), uid, gid) != 0 || chmod(path.c_str(), mode) != 0)
            return fail("home", path, errno);
        return {};
    }
    if (errno != EEXIST)
        return fail("home", path, errno);
    return {};
}

Result<> make_state(const std::string& state) {
    struct Directory {
        const char* name;
        mode_t mode;
        uid_t uid;
        gid_t gid;
    };
    constexpr Directory kDirectories[] = {
        {"/ssh", 0700, 0, 0},
        {"/home", 0755, 0, 0},
        {"/home/agent", 0700, kAgentUid, kAgentUid},
        {"/home/tmp", 01777, 0, 0},
    };
    for (const Directory& directory : kDirectories) {
        if (auto made = make_directory(state + directory.name, directory.mode, directory.uid, directory.gid); !made)
            return made;
    }
    return ensure_machine_id(state + "/machine-id");
}

std::uint64_t memory_limit(std::uint64_t reserve) {
    const auto all =
        static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    return std::max(all / 2, all > reserve ? all - reserve : 0);
}

}  // namespace

Result<Spec> workstation(const Workstation& from) {
    if (auto made = make_state(from.state); !made)
        return std::unexpected(made.error());
    Spec spec;
    spec.namespaces = CLONE_NEWNS;
    if (from.namespaces) {
        spec.namespaces |= CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
        spec.network = from.network;
        if (from.network < 0)
            spec.namespaces |= CLONE_NEWNET;
    }
    spec.hostname = from.hostname;
    spec.cgroup = kAgentCgroup;
    const std::uint64_t memory = memory_limit(from.memory_reserve);
    spec.cgroup_limits = {{"pids.max", kCellTasks},
                          {"memory.max", memory},
                          // The door's reserve counts only as far as the groups above it have one, too.
                          {"memory.min", kDoorMemoryMin},
                          // One runaway compiler must not take the person's tmux with it.
                          {"memory.oom.group", 0}};
    spec.oom_score_adj = kOomScore;
    spec.limits = {{RLIMIT_NOFILE, kOpenFilesSoft, kOpenFiles}};
    spec.root = "/";
    spec.mounts = workstation_view({.state = from.state,
                                    .authorized_keys = from.authorized_keys,
                                    .hostname = from.hostname,
                                    .cgroup = from.door ? spec.cgroup : "",
                                    .memory = from.door ? session_memory(sessions_memory(memory)) : 0,
                                    .hidepid = from.hidepid});
    spec.drop_capabilities = from.capabilities;
    spec.capabilities.assign(std::begin(kCapabilities), std::end(kCapabilities));
    spec.no_new_privs = from.no_new_privs;
    if (from.apparmor)
        spec.apparmor = kAgentProfile;
    if (from.seccomp) {
        auto filters = agent_filters();
        if (!filters)
            return std::unexpected(filters.error());
        spec.filters = std::move(*filters);
    }
    spec.fds = {{.fd = STDERR_FILENO, .as = STDERR_FILENO}, {.fd = from.ssh_listener, .as = kListener}};
    spec.environment = {"PATH=/usr/local/bin:/usr/bin:/usr/sbin", "LANG=C.UTF-8", "LISTEN_FDS=1"};
    spec.command = {kReaper,
                    from.door ? kGroups : kNoGroups,
                    "/run/anchorhold/ssh/host_key",
                    kAgentCheck,
                    "/usr/sbin/sshd",
                    "-D",
                    "-e",
                    "-f",
                    "/usr/share/anchorhold/ssh/sshd_config"};
    return spec;
}

}  // namespace anchorhold::cell
