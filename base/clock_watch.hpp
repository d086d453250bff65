// Tells that somebody set CLOCK_REALTIME: what was timed by it must be judged anew. Nothing is told of slewing.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/event_loop.hpp"
#include "base/unique_fd.hpp"

namespace anchorhold {

class ClockWatch {
  public:
    // By how many milliseconds it was set forward, or back.
    using Stepped = std::function<void(std::int64_t milliseconds)>;
    static Result<std::unique_ptr<ClockWatch>> create(EventLoop& loop, Stepped stepped);

  private:
    explicit ClockWatch(Stepped stepped) : stepped_(std::move(stepped)) {}
    void fired();
    Result<> arm();

    Stepped stepped_;
    UniqueFd timer_;
    std::int64_t ahead_ =
        0;  // of CLOCK_MONOTONIC, in milliseconds: changes by what the clock is set, and so little else
    Watch watch_;
};

}  // namespace anchorhold
