// The agent's world: the Spec of the cell in which sshd and all that the agent does run.
#pragma once

#include <cstdint>
#include <string>

#include "init/cell/cell.hpp"

namespace anchorhold::cell {

struct Workstation {
    int network = -1;       // from make_network()
    int ssh_listener = -1;  // bound and listening, of the root namespace
    std::string hostname = "anchor";
    std::string authorized_keys = {};             // credential ssh.authorized_keys.agent; empty: nobody comes in
    std::string state = "/var/lib/anchorhold";    // the state disk: `home/agent` and `ssh` are made here when missing
    std::uint64_t memory_reserve = 192ULL << 20;  // bytes of RAM that the cell may not take

    // Guards; all on unless a `controls` build was told otherwise.
    bool seccomp = true;
    bool apparmor = true;
    bool capabilities = true;
    bool namespaces = true;
    bool no_new_privs = true;
    bool hidepid = true;
    bool door = true;  // sshd and each login have cgroups of their own (session_groups.hpp)
};

inline constexpr char kAgentCgroup[] = "/sys/fs/cgroup/agent";
inline constexpr char kAgentProfile[] = "anchorhold-agent";

// Makes the directories and the machine id of the state disk and says how to start `cell-reaper` in the cell. The
// egress helper's files /run/anchorhold/trust and agent-api's /run/anchorhold/bus must exist by then.
[[nodiscard]] Result<Spec> workstation(const Workstation& workstation);

}  // namespace anchorhold::cell
