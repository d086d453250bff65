// Test images only (ANCHORHOLD_CONTROLS): the virtio-serial port org.anchorhold.controls, on which a test kills a
// service, keeps one from coming back, sends PID 1 a signal or asks what they weigh. The shipped build has no such
// port.
#pragma once

#ifdef ANCHORHOLD_CONTROLS

#include <functional>
#include <string>
#include <string_view>

#include "base/event_loop.hpp"
#include "base/unique_fd.hpp"
#include "init/system/system.hpp"

namespace anchorhold::init {

class ControlsPort {
  public:
    // `kill` is called with the service's name. One command a line: "kill NAME", "hold NAME" (it cannot
    // be started), "release NAME", "signal NUMBER", "memory".
    ControlsPort(EventLoop& loop, System& system, std::function<void(std::string_view)> kill);
    ControlsPort(const ControlsPort&) = delete;
    ControlsPort& operator=(const ControlsPort&) = delete;

  private:
    void read();
    void obey(std::string_view command);

    std::function<void(std::string_view)> kill_;
    UniqueFd port_;
    Watch watch_;
    std::string line_;
};

}  // namespace anchorhold::init

#endif
