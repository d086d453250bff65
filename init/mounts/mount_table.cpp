#include "init/mounts/mount_table.hpp"

namespace anchorhold::init {
namespace {

constexpr unsigned long kStrict = MS_NOSUID | MS_NODEV | MS_NOEXEC;

// In order: a directory must exist before something is mounted on it.
constexpr MountRow kTable[] = {
    {"proc", "/proc", "proc", kStrict, "hidepid=invisible",
     "a shield process sees no other's /proc: one that falls learns nothing of its neighbours"},
    {"sysfs", "/sys", "sysfs", kStrict, "", "credentials, block devices and port names are read from it"},
    {"securityfs", "/sys/kernel/security", "securityfs", kStrict, "", "AppArmor policy is loaded through it"},
    {"cgroup2", "/sys/fs/cgroup", "cgroup2", kStrict, "nsdelegate,memory_recursiveprot",
     "one group a service: limits, and a kill that nothing escapes; the cell's root cannot leave its own"},
    {"devtmpfs", "/dev", "devtmpfs", MS_NOSUID | MS_NOEXEC, "mode=0755",
     "the kernel mounts it before init; mounted again for the flags"},
    {"devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5",
     "gid 5 is tty in Debian; the cell mounts an instance of its own"},
    {"tmpfs", "/dev/shm", "tmpfs", kStrict, "mode=1777,size=64m", "POSIX shared memory of system services"},
    {"tmpfs", "/run", "tmpfs", kStrict, "mode=0755,size=64m,nr_inodes=8k",
     "sockets and run-time files; the root file system is read-only"},
    {"tmpfs", "/tmp", "tmpfs", kStrict, "mode=1777,size=64m,nr_inodes=8k",
     "temporary files of system services; the agent's cell has a /tmp of its own"},
    {"ramfs", "/run/credentials", "ramfs", kStrict, "mode=0711",
     "secrets never reach a swap device; a service may pass through to its own directory and cannot list the others"},
};

}  // namespace

std::span<const MountRow> mount_table() {
    return kTable;
}

}  // namespace anchorhold::init
