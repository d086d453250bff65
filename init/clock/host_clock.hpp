// What the host says the time is: the hypervisor's PTP clock where there is one, else the RTC.
#pragma once

#include <cstdint>
#include <string>

#include "base/unique_fd.hpp"
#include "init/clock/correction.hpp"
#include "init/system/system.hpp"

namespace anchorhold::init {

class HostClock {
  public:
    explicit HostClock(System& system);

    // ENODEV when the machine has neither.
    Result<HostTime> read();
    [[nodiscard]] std::string_view name() const { return ptp_ ? "ptp" : "rtc"; }

  private:
    System& system_;
    UniqueFd ptp_;
};

}  // namespace anchorhold::init
