// The one maker of cgroups: a directory of the cgroup v2 tree with its limits. Source: the kernel's
// admin-guide/cgroup-v2.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace anchorhold::init {

struct CgroupLimit {
    std::string_view file;  // "memory.max", in bytes; "pids.max", in tasks
    std::uint64_t value = 0;
};

struct CgroupRow {
    std::string path;                      // absolute; the directory above it exists
    std::vector<CgroupLimit> limits = {};  // need their controller switched on in the directory above
    std::string_view controllers = {};     // switched on for the groups below it: "+memory +pids"
};

// Makes the directory when it is missing and sets what the row says either way. An error's object is the file.
[[nodiscard]] Result<> make_cgroup(const CgroupRow& row);

}  // namespace anchorhold::init
