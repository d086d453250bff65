#include "init/policy/capabilities.hpp"

#include <algorithm>
#include <cerrno>
#include <type_traits>
#include <vector>

#include "base/freed.hpp"

namespace anchorhold::init {
namespace {

constexpr KeptRow kKept[] = {
    {CAP_SYS_BOOT, "power off and restart"},
    {CAP_SYS_ADMIN, "namespaces and mounts of a cell that starts again; unmounting at the end"},
    {CAP_KILL, "signals to services of other users"},
    {CAP_NET_ADMIN, "the fence opens and closes"},
    {CAP_SYS_TIME, "the clock follows the host's after a pause (clock/clock_keeper.cpp)"},
    {CAP_SETUID, "services start again as their own users; so do ssh sessions in the cell"},
    {CAP_SETGID, "same"},
    {CAP_SETPCAP, "children drop their bounding set and lock their securebits"},
    {CAP_CHOWN, "files of the cell and of /run belong to their users"},
    {CAP_DAC_OVERRIDE, "directories that belong to services; the agent's home in the cell"},
    {CAP_FOWNER, "modes of files that belong to services"},
    {CAP_SYS_RESOURCE, "oom_score_adj below zero for the shield"},
    {CAP_SYS_CHROOT, "the cell's root; sshd's own unprivileged half"},
    {CAP_MKNOD, "the few devices of a cell that starts again"},
    {CAP_MAC_OVERRIDE,
     "services start again under their own AppArmor label, not under a stack (init/launch/label.hpp)"},
    {CAP_SYS_PTRACE, "namespaces of a child that is not dumpable"},
};

}  // namespace

std::span<const KeptRow> kept_capabilities() {
    return kKept;
}

Result<> trim_capabilities(std::span<const KeptRow> kept) {
    std::vector<cap_value_t> values;
    for (const KeptRow& row : kept)
        values.push_back(row.capability);
    for (cap_value_t cap = 0; cap < cap_max_bits(); ++cap) {
        if (!std::ranges::contains(values, cap) && cap_get_bound(cap) == 1 && cap_drop_bound(cap) < 0)
            return fail("drop from the bounding set", std::to_string(cap), errno);
    }
    const auto count = static_cast<int>(values.size());
    const Owned<std::remove_pointer_t<cap_t>, cap_free> set(cap_init());
    if (!set || cap_set_flag(set.get(), CAP_PERMITTED, count, values.data(), CAP_SET) < 0 ||
        cap_set_flag(set.get(), CAP_EFFECTIVE, count, values.data(), CAP_SET) < 0 || cap_set_proc(set.get()) < 0)
        return fail("trim capabilities of", "PID 1", errno);
    return {};
}

}  // namespace anchorhold::init
