// One directory of the cgroup v2 tree. Source: the kernel's admin-guide/cgroup-v2.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "base/unique_fd.hpp"

namespace anchorhold::cell {

struct Limits {
    std::uint64_t memory_max = 0;  // bytes; 0 leaves it unlimited
    std::uint64_t pids_max = 0;    // tasks; 0 leaves it unlimited
};

// The directory at `path`, made when missing, with its limits set; controllers are switched on in the directory above
// it. The descriptor is for CLONE_INTO_CGROUP.
[[nodiscard]] Result<UniqueFd> make_cgroup(const std::string& path, const Limits& limits);

}  // namespace anchorhold::cell
