#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/identities.hpp"
#include "init/cell/syscalls.hpp"

namespace anchorhold::cell {
namespace {

constexpr std::uint64_t kInt = 0xffffffff;
constexpr std::uint64_t kSocketType = 0xf;
constexpr std::uint64_t kTimeNamespace = 0x80;
constexpr std::uint64_t kSockPacket = 10;

constexpr When equal(unsigned argument, std::uint64_t value, std::uint64_t mask = kInt) {
    return {.argument = argument, .how = SCMP_CMP_MASKED_EQ, .first = mask, .second = value};
}
constexpr When bit(unsigned argument, std::uint64_t flag) {
    return equal(argument, flag, flag);
}
constexpr When above(unsigned argument, std::uint64_t value) {
    return {.argument = argument, .how = SCMP_CMP_GT, .first = value, .second = 0};
}
constexpr Refused always(const char* call, int error, const char* why) {
    return {.call = call, .error = error, .why = why, .when = {}, .conditions = 0};
}
constexpr Refused when(const char* call, int error, const char* why, When one) {
    return {.call = call, .error = error, .why = why, .when = {one}, .conditions = 1};
}
constexpr Refused when(const char* call, int error, const char* why, When one, When two) {
    return {.call = call, .error = error, .why = why, .when = {one, two}, .conditions = 2};
}

// One row for 800 to 807: the shield's ids and the rest of their eight.
constexpr std::uint64_t kEight = kInt & ~std::uint64_t{7};
constexpr std::uint64_t kShieldIds = kGateUid & kEight;
static_assert((kEgressUid & kEight) == kShieldIds && (kConsoleUid & kEight) == kShieldIds &&
              (kAuditUid & kEight) == kShieldIds && (kAgentApiUid & kEight) == kShieldIds &&
              (kAgentUid & kEight) != kShieldIds);

constexpr Refused shield_id(const char* call, unsigned argument) {
    return when(call, EPERM, "the shield's users: the fence lets one of them out", equal(argument, kShieldIds, kEight));
}
constexpr Refused protocol(int family, std::uint64_t first, std::uint64_t mask) {
    return when("socket", EPROTONOSUPPORT, "only the default, TCP and UDP: no UDP-Lite, SCTP, DCCP, MPTCP, ICMP",
                equal(0, static_cast<std::uint64_t>(family)), equal(2, first, mask));
}
constexpr Refused protocol_above(int family, std::uint64_t last) {
    return when("socket", EPROTONOSUPPORT, "only the default, TCP and UDP: no UDP-Lite, SCTP, DCCP, MPTCP, ICMP",
                equal(0, static_cast<std::uint64_t>(family)), above(2, last));
}

constexpr char kNamespaces[] = "namespaces open most of the kernel's privileged code; none for the agent in this house";
constexpr char kFamily[] = "a family that no tool here needs: packet, vsock, alg, xdp, tipc, bluetooth …";
constexpr char kMounts[] = "the view of files is made once, from outside";
constexpr char kKernel[] = "replaces or extends the running kernel";
constexpr char kMachine[] = "changes the machine, not the process";
constexpr char kModern[] = "large, young and unmediated; programs fall back";

constexpr std::array kRefused{
    // Sockets. A 64-bit value above the families' range covers what masking would miss.
    when("socket", EAFNOSUPPORT, kFamily, equal(0, AF_UNSPEC)),
    when("socket", EAFNOSUPPORT, kFamily, equal(0, 3)),
    when("socket", EAFNOSUPPORT, kFamily, equal(0, 4)),
    when("socket", EAFNOSUPPORT, kFamily, equal(0, 5)),
    when("socket", EAFNOSUPPORT, kFamily, equal(0, 6)),
    when("socket", EAFNOSUPPORT, kFamily, equal(0, 7)),
    when("socket", EAFNOSUPPORT, kFamily, equal(0, 8)),
    when("socket", EAFNOSUPPORT, kFamily, equal(0, 9)),
    when("socket", EAFNOSUPPORT, kFamily, equal(0, 11)),
    when("socket", EAFNOSUPPORT, kFamily, equal(0, 12)),
    when("socket", EAFNOSUPPORT, kFamily, equal(0, 13)),
    when("socket", EAFNOSUPPORT, kFamily, equal(0, 14)),
    when("socket", EAFNOSUPPORT, kFamily, equal(0, 15)),
    when("socket", EAFNOSUPPORT, kFamily, above(0, AF_NETLINK)),
    when("socket", EPROTONOSUPPORT, "only NETLINK_ROUTE: nf_tables, audit, generic and the rest are attack surface",
         equal(0, AF_NETLINK), above(2, 0)),
    when("socket", EPERM, "raw IPv4", equal(0, AF_INET), equal(1, SOCK_RAW, kSocketType)),
    when("socket", EPERM, "raw IPv6", equal(0, AF_INET6), equal(1, SOCK_RAW, kSocketType)),
    when("socket", EPERM, "the old way to a packet socket", equal(0, AF_INET), equal(1, kSockPacket, kSocketType)),
    // Every protocol but 0, 6 and 17, as ranges that a mask can tell; above() sees what is beyond 32 bits.
    protocol(AF_INET, 1, kInt),
    protocol(AF_INET, 2, kInt & ~1ULL),
    protocol(AF_INET, 4, kInt & ~1ULL),
    protocol(AF_INET, 7, kInt),
    protocol(AF_INET, 8, kInt & ~7ULL),
    protocol(AF_INET, 16, kInt),
    protocol_above(AF_INET, IPPROTO_UDP),
    protocol(AF_INET6, 1, kInt),
    protocol(AF_INET6, 2, kInt & ~1ULL),
    protocol(AF_INET6, 4, kInt & ~1ULL),
    protocol(AF_INET6, 7, kInt),
    protocol(AF_INET6, 8, kInt & ~7ULL),
    protocol(AF_INET6, 16, kInt),
    protocol_above(AF_INET6, IPPROTO_UDP),
    when("socketpair", EAFNOSUPPORT, "only AF_UNIX has pairs that anybody uses", above(0, AF_UNIX)),

    // A root in the cell that takes the shield's ids; what a list of groups holds is behind a pointer, but opens
    // nothing
    // in this view.
    shield_id("setuid", 0),
    shield_id("setreuid", 0),
    shield_id("setreuid", 1),
    shield_id("setresuid", 0),
    shield_id("setresuid", 1),
    shield_id("setresuid", 2),
    shield_id("setfsuid", 0),
    shield_id("setgid", 0),
    shield_id("setregid", 0),
    shield_id("setregid", 1),
    shield_id("setresgid", 0),
    shield_id("setresgid", 1),
    shield_id("setresgid", 2),
    shield_id("setfsgid", 0),

    // Namespaces.
    when("clone", EPERM, kNamespaces, bit(0, CLONE_NEWNS)),
    when("clone", EPERM, kNamespaces, bit(0, CLONE_NEWCGROUP)),
    when("clone", EPERM, kNamespaces, bit(0, CLONE_NEWUTS)),
    when("clone", EPERM, kNamespaces, bit(0, CLONE_NEWIPC)),
    when("clone", EPERM, kNamespaces, bit(0, CLONE_NEWUSER)),
    when("clone", EPERM, kNamespaces, bit(0, CLONE_NEWPID)),
    when("clone", EPERM, kNamespaces, bit(0, CLONE_NEWNET)),
    when("unshare", EPERM, kNamespaces, bit(0, CLONE_NEWNS)),
    when("unshare", EPERM, kNamespaces, bit(0, CLONE_NEWCGROUP)),
    when("unshare", EPERM, kNamespaces, bit(0, CLONE_NEWUTS)),
    when("unshare", EPERM, kNamespaces, bit(0, CLONE_NEWIPC)),
    when("unshare", EPERM, kNamespaces, bit(0, CLONE_NEWUSER)),
    when("unshare", EPERM, kNamespaces, bit(0, CLONE_NEWPID)),
    when("unshare", EPERM, kNamespaces, bit(0, CLONE_NEWNET)),
    when("unshare", EPERM, kNamespaces, bit(0, kTimeNamespace)),
    always("setns", EPERM, kNamespaces),
    always("clone3", ENOSYS, "its flags are behind a pointer, unseen here; the C library falls back to clone"),

    // Mounts and roots. chroot stays: sshd's unprivileged half uses it, and it needs a capability the agent lacks.
    always("mount", EPERM, kMounts),
    always("umount2", EPERM, kMounts),
    always("pivot_root", EPERM, kMounts),
    always("open_tree", EPERM, kMounts),
    always("move_mount", EPERM, kMounts),
    always("fsopen", EPERM, kMounts),
    always("fsconfig", EPERM, kMounts),
    always("fsmount", EPERM, kMounts),
    always("fspick", EPERM, kMounts),
    always("mount_setattr", EPERM, kMounts),
    always("swapon", EPERM, kMachine),
    always("swapoff", EPERM, kMachine),
    always("quotactl", EPERM, kMachine),
    always("quotactl_fd", EPERM, kMachine),

    // The kernel itself.
    always("bpf", EPERM, kKernel),
    always("init_module", EPERM, kKernel),
    always("finit_module", EPERM, kKernel),
    always("delete_module", EPERM, kKernel),
    always("kexec_load", EPERM, kKernel),
    always("kexec_file_load", EPERM, kKernel),
    always("perf_event_open", EPERM, "samples beyond the process, and a long history of holes"),
    always("userfaultfd", EPERM, "stops the kernel mid-copy: the tool of choice to win races"),
    always("io_uring_setup", ENOSYS, kModern),
    always("io_uring_enter", ENOSYS, kModern),
    always("io_uring_register", ENOSYS, kModern),
    always("fanotify_init", EPERM, "watches other users' files"),
    always("lookup_dcookie", EPERM, "a profiler's call, gone from the kernel"),
    always("name_to_handle_at", EPERM, "handles go round the mount view"),
    always("open_by_handle_at", EPERM, "handles go round the mount view"),

    // Keys are per user, not per cell.
    always("add_key", EPERM, "the kernel's keys are not the cell's"),
    always("request_key", EPERM, "the kernel's keys are not the cell's"),
    always("keyctl", EPERM, "the kernel's keys are not the cell's"),

    // The machine.
    always("reboot", EPERM, kMachine),
    always("acct", EPERM, kMachine),
    always("sethostname", EPERM, kMachine),
    always("setdomainname", EPERM, kMachine),
    always("settimeofday", EPERM, kMachine),
    always("clock_settime", EPERM, kMachine),
    always("clock_adjtime", EPERM, kMachine),
    always("adjtimex", EPERM, kMachine),
    always("syslog", EPERM, "the kernel's log tells addresses"),
    always("iopl", EPERM, kMachine),
    always("ioperm", EPERM, kMachine),
    always("vhangup", EPERM, kMachine),
    always("move_pages", EPERM, kMachine),
    always("migrate_pages", EPERM, kMachine),

    // Single requests of calls that all need.
    when("ioctl", EPERM, "types on another's terminal", equal(1, TIOCSTI)),
    when("ioctl", EPERM, "selects and pastes on the console", equal(1, TIOCLINUX)),
};

}  // namespace

std::span<const Refused> refused_calls() {
    return kRefused;
}

}  // namespace anchorhold::cell
