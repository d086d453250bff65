// What is mounted where, with which flags, and why. Nothing else in init mounts a kernel file system.
#pragma once

#include <sys/mount.h>

#include <span>
#include <string_view>

namespace anchorhold::init {

struct MountRow {
    std::string_view what;
    std::string_view where;
    std::string_view type;
    unsigned long flags;
    std::string_view options;
    std::string_view why;
};

std::span<const MountRow> mount_table();

}  // namespace anchorhold::init
