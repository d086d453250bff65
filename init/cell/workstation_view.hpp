// The mount table of the agent's world.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "init/cell/mounts.hpp"

namespace anchorhold::cell {

struct WorkstationView {
    std::string state;            // the state disk, in the root namespace
    std::string authorized_keys;  // contents of the file that sshd reads
    std::string hostname;         // the machine's own name, which leads to itself
    std::string cgroup;           // the cell's own, for root of the cell; empty: it is not in the view
    std::uint64_t memory = 0;     // bytes that one session may have; 0: it is not known
    bool hidepid = true;
};

[[nodiscard]] std::vector<Mount> workstation_view(const WorkstationView& of);

}  // namespace anchorhold::cell
