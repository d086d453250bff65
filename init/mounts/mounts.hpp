// Works the mount table off. What the kernel has mounted already is mounted again with the table's flags.
#pragma once

#include "init/mounts/mount_table.hpp"
#include "init/system/system.hpp"

namespace anchorhold::init {

Result<> mount_all(System& system, std::span<const MountRow> table);

}  // namespace anchorhold::init
