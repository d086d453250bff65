#include "init/boot/boot_order.hpp"

#include <span>

#include "init/boot/hostname.hpp"
#include "init/cell/network.hpp"
#include "init/clock/clock.hpp"
#include "init/credentials/import.hpp"
#include "init/links/links.hpp"
#include "init/mounts/mounts.hpp"
#include "init/policy/apparmor.hpp"
#include "init/policy/capabilities.hpp"
#include "init/policy/kernel_options.hpp"
#include "init/policy/sysctls.hpp"
#include "init/services/distribute.hpp"
#include "init/state_disk/state_disk.hpp"

namespace anchorhold::init {
namespace {

Result<> import(Machine& m) {
    m.credentials = import_credentials(m.system, m.report);
    m.controls = Controls(m.credentials.text("anchorhold.controls.off"));
    report_unclaimed(m.credentials, distribution_table(), m.report);
    if (m.controls.off("hidepid"))
        return m.system.mount("proc", "/proc", "", MS_REMOUNT | MS_NOSUID | MS_NODEV | MS_NOEXEC, "hidepid=off");
    return {};
}

Result<> close_fence(Machine& m) {
    m.nic = choose_uplink(m.system, m.report);
    m.uplink = read_uplink(m.credentials, m.report);
    auto fence = FenceControl::create(m.nic, m.uplink, m.controls);
    if (!fence)
        return std::unexpected(fence.error());
    m.fence.emplace(std::move(*fence));
    return {};
}

Result<> cell_network(Machine& m) {
    auto network = cell::make_network();
    if (!network)
        return std::unexpected(network.error());
    m.cell_network = std::move(*network);
    if (m.controls.off("sysctls"))
        return {};
    return cell::inside_network(m.cell_network.get(), [&m] { set_sysctls(m.system, network_sysctls(), m.report); });
}

Result<> drop_privileges(Machine& m) {
    forget_distributed(m.credentials, distribution_table());
    return trim_capabilities(kept_capabilities());
}

Result<> mounts(Machine& m) {
    return mount_all(m.system, mount_table());
}

Result<> entropy(Machine& m) {
    look_at_entropy(m.system, m.report);
    return {};
}

Result<> hostname(Machine& m) {
    return set_hostname(m.system, m.credentials, m.report, m.hostname);
}

Result<> keep_clock(Machine& m) {
    if (auto held = hold_clock_floor(m.system, m.report); !held)
        return held;
    m.keep_clock();
    return {};
}

void state_disk(Machine& m, Done done) {
    const auto run = [&m](const LaunchSpec& spec, std::function<void(const Ended&)> ended) {
        return m.run_program(spec, std::move(ended));
    };
    prepare_state_disk(m.system, m.report, run, std::move(done));
}

Result<> links(Machine& m) {
    return raise_links(m.system, m.nic, m.uplink, m.report);
}

Result<> kernel_options(Machine& m) {
    report_kernel_options(m.system, m.report);
    return {};
}

Result<> policy(Machine& m) {
    return load_apparmor(m.system);
}

Result<> sysctls(Machine& m) {
    if (m.controls.off("sysctls"))
        return {};
    set_sysctls(m.system, machine_sysctls(), m.report);
    set_sysctls(m.system, network_sysctls(), m.report);
    return {};
}

Result<> fence(Machine& m) {
    return m.open_fence();
}

void shield(Machine& m, Done done) {
    m.start_shield(std::move(done));
}

void agents_world(Machine& m, Done done) {
    m.start_agents_world(std::move(done));
}

// Each step may use what the ones above it made. A step that fails ends the boot: the machine says why and powers off.
constexpr Step<Machine> kOrder[] = {
    {"mounts", at_once<Machine, mounts>, "everything below reads /proc and /sys or writes /run"},
    {"entropy", at_once<Machine, entropy>, "keys are made soon; says whether they can be, waits for nothing"},
    {"credentials", at_once<Machine, import>, "what the host wants, before any byte of a stranger's"},
    {"hostname", at_once<Machine, hostname>, "in every record from here on"},
    {"clock", at_once<Machine, keep_clock>,
     "before files get dates and certificates are judged; followed from here on"},
    {"state disk", state_disk, "home, log and keys; no tmpfs stands in for it"},
    {"fence closed", at_once<Machine, close_fence>, "before any link is up"},
    {"links", at_once<Machine, links>, "lo and the uplink; never waits for a peer"},
    {"kernel options", at_once<Machine, kernel_options>,
     "what this kernel was built without is told, since a guard may rest on it"},
    {"policy", at_once<Machine, policy>, "AppArmor, before anything runs that it is about"},
    {"sysctls", at_once<Machine, sysctls>, "set and read back, before anything of a stranger's runs"},
    {"cell's link", at_once<Machine, cell_network>, "the shield's sockets are bound to its addresses"},
    {"shield", shield, "every guard READY before the fence opens"},
    {"fence open", at_once<Machine, fence>, "from now on, only while every guard is READY"},
    {"agent's world", agents_world, "last: it finds all guards up"},
    {"drop privileges", at_once<Machine, drop_privileges>,
     "PID 1 gives up the rights and forgets the secrets that it no longer needs"},
};

}  // namespace

std::span<const Step<Machine>> boot_order() {
    return kOrder;
}

}  // namespace anchorhold::init
