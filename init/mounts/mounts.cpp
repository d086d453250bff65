#include "init/mounts/mounts.hpp"

#include <cerrno>
#include <string>

namespace anchorhold::init {
namespace {

// Only below what init itself has just mounted can a mount point be missing.
bool made_by_us(std::string_view where) {
    return where.starts_with("/run/") || where == "/dev/pts" || where == "/dev/shm";
}

}  // namespace

Result<> mount_all(System& system, std::span<const MountRow> table) {
    for (const MountRow& row : table) {
        const std::string where(row.where);
        if (made_by_us(row.where)) {
            if (auto made = system.make_directory(where, {.uid = 0, .gid = 0, .mode = 0755}); !made)
                return made;
        }
        auto mounted =
            system.mount(std::string(row.what), where, std::string(row.type), row.flags, std::string(row.options));
        if (!mounted && mounted.error().number == EBUSY)
            mounted = system.mount(std::string(row.what), where, "", row.flags | MS_REMOUNT, std::string(row.options));
        if (!mounted)
            return mounted;
    }
    return {};
}

}  // namespace anchorhold::init
