// Keeps CLOCK_REALTIME at the host's time: a machine that was paused (a laptop asleep, a snapshot, a migration) is
// behind, and nothing in it notices, since its own clocks stood still as well.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/event_loop.hpp"
#include "init/clock/host_clock.hpp"
#include "init/report/report.hpp"
#include "init/sequence/timers.hpp"
#include "init/system/system.hpp"

namespace anchorhold::init {

class ClockKeeper {
  public:
    // `floor`: seconds since 1970 before which no host's clock is believed.
    ClockKeeper(System& system, Report& report, const Timers& timers, std::int64_t floor)
        : system_(system), report_(report), timers_(timers), floor_(floor * kSecond), host_(system) {}

    // Looks now, and again twice a second.
    void look();

  private:
    void complain(const std::string& why);
    Result<> correct(const HostTime& host);

    System& system_;
    Report& report_;
    const Timers& timers_;
    std::int64_t floor_;
    HostClock host_;
    std::string complained_;
    Watch timer_;
};

}  // namespace anchorhold::init
