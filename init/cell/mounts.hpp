// What a cell sees of the file system, as rows. Applied in order, from detached mounts
// (fsopen(2), open_tree(2), mount_setattr(2)).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace anchorhold::cell {

enum class MountKind : std::uint8_t {
    fresh,  // a new file system: `source` is its type, `data` its options, comma-separated
    bind,   // `source` of the caller's view, not recursive; a missing mount point is made where the file system allows
    mask,   // nothing to see: /dev/null over a file, an empty read-only tmpfs over a directory
    read_only,  // a directory of the cell made read-only where it is (/proc/sys)
    directory,  // a directory, mode `mode`
    symlink,    // `target` points to `source`
    file,       // a file with `data` as its content, mode `mode`
    device,     // a character device `major`:`minor`, mode `mode`
};

struct Mount {
    MountKind kind = MountKind::fresh;
    std::string target;  // absolute, in the cell
    std::string source = {};
    std::string data = {};
    std::uint64_t attributes = 0;  // MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID …
    std::uint32_t mode = 0755;
    std::uint32_t uid = 0;  // of directory and file
    std::uint32_t gid = 0;
    std::uint32_t major = 0;
    std::uint32_t minor = 0;
    bool optional = false;  // passed over when source or target does not exist
};

// In a mount namespace of one's own: makes `root` read-only, nosuid and nodev, lays `mounts` on it and makes it "/".
// The error's object is the row's target.
[[nodiscard]] Result<> enter_view(const std::string& root, const std::vector<Mount>& mounts);

}  // namespace anchorhold::cell
