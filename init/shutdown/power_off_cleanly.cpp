#include "init/shutdown/power_off_cleanly.hpp"

#include <sys/mount.h>

#include "init/state_disk/state_disk.hpp"

namespace anchorhold::init {
namespace {

constexpr unsigned kFailsafeSeconds = 10;

}  // namespace

void power_off_cleanly(System& system, Report& report, Kind kind) {
    system.arm_failsafe(kFailsafeSeconds, kind == Kind::restart);
    const std::string state(kStateDirectory);
    // Still in use means that something outlived its kill: read-only leaves a clean journal all the same.
    if (system.exists(state + "/lost+found") && !system.unmount(state)) {
        if (auto read_only = system.mount("", state, "", MS_REMOUNT | MS_RDONLY, ""); !read_only)
            report.say(read_only.error().text());
    }
    system.sync();
    report.powering_off(kind == Kind::restart ? "restart" : "power off");
    if (kind == Kind::restart)
        system.restart();
    system.power_off();
}

}  // namespace anchorhold::init
