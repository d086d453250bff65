#include "init/policy/sysctl_table.hpp"

namespace anchorhold::init {
namespace {

// Of the whole machine.
constexpr SysctlRow kMachine[] = {
    {"kernel/kptr_restrict", "2", "no kernel addresses in /proc, not even for root"},
    {"kernel/dmesg_restrict", "1", "the kernel's log is not the agent's"},
    {"kernel/perf_event_paranoid", "3", "Debian's own value: no samples without CAP_PERFMON"},
    {"kernel/unprivileged_bpf_disabled", "1", "and it cannot be set back"},
    {"net/core/bpf_jit_harden", "2", "constants in JITed filters are blinded"},
    {"kernel/yama/ptrace_scope", "0",
     "as on Debian: the agent debugs what it runs; uid, label and pid namespace part the others"},
    {"kernel/randomize_va_space", "2", "full address space randomisation"},
    {"kernel/oops_limit", "1", "a kernel that has gone wrong once must not go on guarding"},
    {"kernel/panic_on_oops", "1", "same"},
    {"kernel/warn_limit", "100", "same, for warnings"},
    {"kernel/core_uses_pid", "0", "with the next line: core files are written nowhere"},
    {"kernel/core_pattern", "", "no core file: memory of a service holds secrets; no helper program either"},
    {"kernel/pid_max", "65536", "a fork bomb in the cell meets pids.max long before"},
    {"kernel/apparmor_restrict_unprivileged_unconfined", "1", "an unconfined process cannot shed a profile by another"},
    {"vm/mmap_min_addr", "65536", "null pointers in the kernel stay harmless"},
    {"vm/mmap_rnd_bits", "32", "most of the randomisation that x86-64 offers"},
    {"vm/max_map_count", "524288", "JVMs and databases that the agent runs map a lot"},
    {"fs/protected_symlinks", "1", "no tricks with links in sticky directories"},
    {"fs/protected_hardlinks", "1", "same"},
    {"fs/protected_fifos", "2", "same"},
    {"fs/protected_regular", "2", "same"},
    {"fs/suid_dumpable", "0", "what changed its privileges leaves no core and no /proc/PID/mem"},
    {"fs/file-max", "9223372036854775807",
     "the cell's memory limit counts its open files; a common pool starves the shield"},
    {"fs/inotify/max_user_watches", "524288", "editors and bundlers watch whole trees"},
    {"fs/inotify/max_user_instances", "8192", "same"},
    {"user/max_user_namespaces", "256", "seccomp refuses the agent any; if that fails, an attack would like many"},
    {"user/max_net_namespaces", "16", "same"},
    {"dev/tty/ldisc_autoload", "0", "no line discipline but the plain one"},
    {"net/netfilter/nf_conntrack_max", "65536", "more than the cell's flows can hold at once (fw/ruleset.cpp)"},
};

// Of each network namespace: the machine's, and the cell's.
constexpr SysctlRow kNetwork[] = {
    {"net/ipv4/ip_forward", "0", "nothing is ever forwarded"},
    {"net/ipv6/conf/all/forwarding", "0", "same"},
    {"net/ipv4/conf/all/rp_filter", "1", "an address of the cell cannot come in by the uplink"},
    {"net/ipv4/conf/default/rp_filter", "1", "same, for links to come"},
    {"net/ipv4/conf/all/accept_redirects", "0", "routes are init's to set"},
    {"net/ipv4/conf/default/accept_redirects", "0", "same"},
    {"net/ipv4/conf/all/send_redirects", "0", "not a router"},
    {"net/ipv4/conf/all/accept_source_route", "0", "not a router"},
    {"net/ipv6/conf/all/accept_redirects", "0", "routes are init's to set"},
    {"net/ipv6/conf/default/accept_redirects", "0", "same"},
    {"net/ipv6/conf/all/accept_ra", "0", "same; the uplink's own key is set before it is raised"},
    {"net/ipv6/conf/default/accept_ra", "0", "same"},
    {"net/ipv4/tcp_syncookies", "1", "ssh and the console answer under a flood"},
    {"net/ipv4/tcp_fin_timeout", "10", "whoever does not close its end keeps the table's entry as long"},
    {"net/netfilter/nf_conntrack_tcp_timeout_syn_sent", "10",
     "connections of the cell leave the table soon (fw/ruleset.cpp)"},
    {"net/netfilter/nf_conntrack_tcp_timeout_syn_recv", "10", "same"},
    {"net/netfilter/nf_conntrack_tcp_timeout_fin_wait", "10", "same"},
    {"net/netfilter/nf_conntrack_tcp_timeout_close_wait", "10", "same"},
    {"net/netfilter/nf_conntrack_tcp_timeout_last_ack", "10", "same"},
    {"net/netfilter/nf_conntrack_tcp_timeout_time_wait", "10", "same"},
    {"net/netfilter/nf_conntrack_udp_timeout", "10", "so do its questions"},
    {"net/netfilter/nf_conntrack_udp_timeout_stream", "10", "same"},
    {"net/ipv4/icmp_echo_ignore_broadcasts", "1", "no amplifier"},
};

}  // namespace

std::span<const SysctlRow> machine_sysctls() {
    return kMachine;
}

std::span<const SysctlRow> network_sysctls() {
    return kNetwork;
}

}  // namespace anchorhold::init
