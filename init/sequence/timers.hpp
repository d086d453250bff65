// Timers of PID 1, and the one rule for one that cannot be made: it is told, and whoever made this fails shut. PID 1
// without timers neither starts a service again nor bounds its own way down.
#pragma once

#include <chrono>
#include <functional>
#include <utility>

#include "base/event_loop.hpp"

namespace anchorhold::init {

class Timers {
  public:
    // EventLoop::after, or a test's list.
    using Make = std::function<Result<Watch>(std::chrono::microseconds, std::function<void()>)>;
    using Failed = std::function<void(const Error&)>;

    Timers(Make make, Failed failed) : make_(std::move(make)), failed_(std::move(failed)) {}

    // Calls `then` once, after `delay`, unless `timer` is set anew or ends before. False when there is no such timer:
    // `failed` has been called by then, and `timer` is empty.
    bool set(Watch& timer, std::chrono::microseconds delay, std::function<void()> then) const {
        auto made = make_(delay, std::move(then));
        timer = made ? std::move(*made) : Watch();
        if (!made)
            failed_(made.error());
        return made.has_value();
    }

  private:
    Make make_;
    Failed failed_;
};

}  // namespace anchorhold::init
