// One loop a process: sd-event with owned handlers. Used by init and the shield's processes; egress runs on Asio.
#pragma once

#include <systemd/sd-event.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/error.hpp"
#include "base/freed.hpp"

namespace anchorhold {

// Ends the watch when it goes out of scope. Must not outlive its loop.
class Watch {
  public:
    struct Held;
    Watch();
    explicit Watch(std::unique_ptr<Held> held);
    Watch(Watch&&) noexcept;
    Watch& operator=(Watch&&) noexcept;
    ~Watch();
    [[nodiscard]] explicit operator bool() const noexcept { return held_ != nullptr; }

  private:
    std::unique_ptr<Held> held_;
};

class EventLoop {
  public:
    static Result<EventLoop> create();
    EventLoop(EventLoop&&) noexcept = default;
    EventLoop& operator=(EventLoop&&) noexcept = default;

    // events: EPOLLIN, EPOLLOUT …; the fd stays the caller's.
    Result<Watch> on_io(int fd, std::uint32_t events, std::function<void(std::uint32_t)> handler);
    // Once, after at least `delay` of CLOCK_MONOTONIC, and up to a millisecond later: timers that are close wake
    // together.
    Result<Watch> after(std::chrono::microseconds delay, std::function<void()> handler);
    // Blocks the signal in this thread and delivers it here.
    Result<Watch> on_signal(int signal, std::function<void(int)> handler);

    // Until stop() is called.
    Result<int> run();
    void stop(int status);

    // For sd-bus and tests.
    [[nodiscard]] sd_event* raw() const noexcept { return event_.get(); }

  private:
    explicit EventLoop(sd_event* event) : event_(event) {}
    Owned<sd_event, sd_event_unref> event_;
};

}  // namespace anchorhold
