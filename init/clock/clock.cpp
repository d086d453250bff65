#include "init/clock/clock.hpp"

#include <algorithm>

namespace anchorhold::init {

std::int64_t clock_floor(System& system) {
    std::int64_t floor = 0;
    // The image's build date; mkosi clamps times to SOURCE_DATE_EPOCH, clock-epoch is systemd's name for a later one.
    for (const char* path : {"/usr/lib/clock-epoch", "/usr/lib/anchorhold/init"})
        floor = std::max(floor, system.modified(path).value_or(0));
    return floor;
}

Result<> hold_clock_floor(System& system, Report& report) {
    const std::int64_t floor = clock_floor(system);
    if (system.clock() >= floor)
        return {};
    if (auto set = system.set_clock(floor); !set)
        return set;
    report.degraded("the host's clock is before the image's build: moved forward to it; mend the host's clock");
    return {};
}

void look_at_entropy(System& system, Report& report) {
    if (!system.random_is_seeded())
        report.degraded(
            "the random pool is not seeded: give the machine a virtio-rng device; key making will wait for it");
}

}  // namespace anchorhold::init
