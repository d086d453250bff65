#include "init/cell/workstation_view.hpp"

#include <sys/mount.h>

#include "base/identities.hpp"
#include "init/cell/session_groups.hpp"

namespace anchorhold::cell {
namespace {

using enum MountKind;

constexpr std::uint64_t kData = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
constexpr std::uint64_t kClosed = kData | MOUNT_ATTR_NOEXEC;
constexpr std::uint64_t kSealed = kClosed | MOUNT_ATTR_RDONLY;
constexpr std::uint64_t kNodes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;

Mount hidden(const char* target) {
    return {.kind = mask, .target = target, .optional = true};
}
Mount sealed(const char* target) {
    return {.kind = read_only, .target = target, .attributes = kSealed, .optional = true};
}
Mount link(const char* target, const char* source) {
    return {.kind = symlink, .target = target, .source = source};
}
Mount node(const char* target, std::uint32_t major, std::uint32_t minor) {
    return {.kind = device, .target = target, .mode = 0666, .major = major, .minor = minor};
}
// What lies in a tmpfs is memory, and when memory is short the kernel ends programs and leaves the files. So both
// places together take less than a session may have, their entries included: a file takes about a KiB besides its
// bytes.
constexpr std::uint64_t kTmpPercent = 40;
constexpr std::uint64_t kSharedPercent = 25;
constexpr std::uint64_t kBytesAnEntry = 16384;

std::string size_of(std::uint64_t memory, std::uint64_t percent) {
    if (memory == 0)
        return "mode=1777,size=50%,nr_inodes=1m";
    const std::uint64_t bytes = memory / 100 * percent;
    return "mode=1777,size=" + std::to_string(bytes) + ",nr_inodes=" + std::to_string(bytes / kBytesAnEntry);
}

Mount fresh_directory(const char* target, std::uint32_t mode, std::uint32_t owner = 0) {
    return {.kind = directory, .target = target, .mode = mode, .uid = owner, .gid = owner};
}

}  // namespace

// The root below is the verified image, read-only, nosuid, nodev. A mount point that is not made here must be in the
// image.
std::vector<Mount> workstation_view(const WorkstationView& of) {
    std::vector<Mount> rows{
        {.kind = fresh,
         .target = "/dev",
         .source = "tmpfs",
         .data = "mode=0755,size=64k,nr_inodes=64",
         .attributes = kNodes},
        node("/dev/null", 1, 3),
        node("/dev/zero", 1, 5),
        node("/dev/full", 1, 7),
        node("/dev/random", 1, 8),
        node("/dev/urandom", 1, 9),
        node("/dev/tty", 5, 0),
        {.kind = fresh,
         .target = "/dev/pts",
         .source = "devpts",
         .data = "newinstance,ptmxmode=0666,mode=0620,gid=5",
         .attributes = kNodes},
        {.kind = fresh,
         .target = "/dev/shm",
         .source = "tmpfs",
         .data = size_of(of.memory, kSharedPercent),
         .attributes = kData},
        {.kind = fresh, .target = "/dev/mqueue", .source = "mqueue", .attributes = kClosed},
        link("/dev/ptmx", "pts/ptmx"),
        link("/dev/fd", "/proc/self/fd"),
        link("/dev/stdin", "/proc/self/fd/0"),
        link("/dev/stdout", "/proc/self/fd/1"),
        link("/dev/stderr", "/proc/self/fd/2"),

        {.kind = fresh,
         .target = "/proc",
         .source = "proc",
         .data = of.hidepid ? "hidepid=invisible" : "",
         .attributes = kClosed},
        sealed("/proc/sys"),  // uid 0 without capabilities may still write what its owner may
        sealed("/proc/bus"),
        sealed("/proc/fs"),
        sealed("/proc/irq"),
        hidden("/proc/acpi"),
        hidden("/proc/asound"),
        hidden("/proc/config.gz"),
        hidden("/proc/iomem"),
        hidden("/proc/ioports"),
        hidden("/proc/kallsyms"),
        hidden("/proc/kcore"),
        hidden("/proc/key-users"),
        hidden("/proc/keys"),
        hidden("/proc/kmsg"),
        hidden("/proc/kpagecount"),
        hidden("/proc/kpageflags"),
        hidden("/proc/latency_stats"),
        hidden("/proc/modules"),
        hidden("/proc/mtrr"),
        hidden("/proc/pagetypeinfo"),
        hidden("/proc/sched_debug"),
        hidden("/proc/scsi"),
        hidden("/proc/slabinfo"),
        hidden("/proc/sysrq-trigger"),
        hidden("/proc/timer_list"),
        hidden("/proc/vmallocinfo"),

        {.kind = fresh, .target = "/sys", .source = "sysfs", .attributes = kSealed},
        {.kind = fresh, .target = "/sys/fs/cgroup", .source = "cgroup2", .attributes = kSealed, .optional = true},
        hidden("/sys/devices/virtual/dmi"),  // credentials may have come by SMBIOS
        hidden("/sys/firmware"),             // … or by qemu_fw_cfg; EFI variables, ACPI tables
        hidden("/sys/fs/bpf"),
        hidden("/sys/fs/pstore"),
        hidden("/sys/hypervisor"),
        hidden("/sys/kernel/boot_params"),
        hidden("/sys/kernel/debug"),
        hidden("/sys/kernel/notes"),  // tells where the kernel lies
        hidden("/sys/kernel/security"),
        hidden("/sys/kernel/tracing"),
        hidden("/sys/kernel/vmcoreinfo"),

        {.kind = fresh, .target = "/run", .source = "tmpfs", .data = "mode=0755,size=64m", .attributes = kClosed},
        fresh_directory("/run/lock", 01777),
        fresh_directory("/run/sshd", 0755),
        fresh_directory("/run/user", 0755),
        fresh_directory("/run/user/1000", 0700, kAgentUid),
        fresh_directory("/run/anchorhold", 0755),
        {.kind = bind, .target = "/run/anchorhold/bus", .source = "/run/anchorhold/bus", .attributes = kSealed},
        {.kind = bind, .target = "/run/anchorhold/trust", .source = "/run/anchorhold/trust", .attributes = kSealed},
        {.kind = bind, .target = "/run/anchorhold/ssh", .source = of.state + "/ssh", .attributes = kClosed},
        {.kind = file, .target = "/run/anchorhold/authorized_keys", .data = of.authorized_keys, .mode = 0644},
        {.kind = file,
         .target = "/run/anchorhold/hosts",  // where the image's /etc/hosts points to
         .data = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n127.0.1.1 " + of.hostname + "\n",
         .mode = 0644},

        {.kind = fresh,
         .target = "/tmp",
         .source = "tmpfs",
         .data = size_of(of.memory, kTmpPercent),
         .attributes = kData},
        {.kind = bind, .target = "/var/tmp", .source = of.state + "/home/tmp", .attributes = kData},
        {.kind = bind, .target = "/home/agent", .source = of.state + "/home/agent", .attributes = kData},
        {.kind = bind,
         .target = "/etc/machine-id",
         .source = of.state + "/machine-id",
         .attributes = kSealed,
         .optional = true},
    };
    if (!of.cgroup.empty())
        rows.push_back({.kind = bind, .target = kGroups, .source = of.cgroup, .attributes = kClosed});
    return rows;
}

}  // namespace anchorhold::cell
