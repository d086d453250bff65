#include "base/event_loop.hpp"

#include <csignal>
#include <memory>

namespace anchorhold {

struct Watch::Held {
    std::function<void(std::uint32_t)> on_event;
    Owned<sd_event_source, sd_event_source_disable_unref> source;

    // The handler may destroy its own Watch: it runs as a copy, and nothing of Held is touched after it.
    void fire(std::uint32_t value) {
        const auto handler = on_event;
        handler(value);
    }
};

Watch::Watch() = default;
Watch::Watch(std::unique_ptr<Held> held) : held_(std::move(held)) {}
Watch::Watch(Watch&&) noexcept = default;
Watch& Watch::operator=(Watch&&) noexcept = default;
Watch::~Watch() = default;

namespace {

int fire_io(sd_event_source*, int, std::uint32_t events, void* held) {
    static_cast<Watch::Held*>(held)->fire(events);
    return 0;
}
int fire_time(sd_event_source*, std::uint64_t, void* held) {
    static_cast<Watch::Held*>(held)->fire(0);
    return 0;
}
int fire_signal(sd_event_source*, const signalfd_siginfo* info, void* held) {
    static_cast<Watch::Held*>(held)->fire(info->ssi_signo);
    return 0;
}

}  // namespace

Result<EventLoop> EventLoop::create() {
    sd_event* event = nullptr;
    if (const int r = sd_event_new(&event); r < 0)
        return fail("create event loop", "", -r);
    EventLoop loop(event);
    // sd-event makes its timerfd with the first timer and keeps it: pauses must work when no descriptor is left.
    if (auto timer = loop.after(std::chrono::seconds(0), [] {}); !timer)
        return std::unexpected(timer.error());
    return loop;
}

Result<Watch> EventLoop::on_io(int fd, std::uint32_t events, std::function<void(std::uint32_t)> handler) {
    auto held = std::make_unique<Watch::Held>();
    held->on_event = std::move(handler);
    if (const int r = sd_event_add_io(event_.get(), std::out_ptr(held->source), fd, events, fire_io, held.get()); r < 0)
        return fail("watch file descriptor", std::to_string(fd), -r);
    return Watch(std::move(held));
}

Result<Watch> EventLoop::after(std::chrono::microseconds delay, std::function<void()> handler) {
    auto held = std::make_unique<Watch::Held>();
    held->on_event = [handler = std::move(handler)](std::uint32_t) { handler(); };
    if (const int r =
            sd_event_add_time_relative(event_.get(), std::out_ptr(held->source), CLOCK_MONOTONIC,
                                       static_cast<std::uint64_t>(delay.count()), 1000, fire_time, held.get());
        r < 0)
        return fail("set timer", "", -r);
    return Watch(std::move(held));
}

Result<Watch> EventLoop::on_signal(int signal, std::function<void(int)> handler) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    if (sigprocmask(SIG_BLOCK, &set, nullptr) < 0)
        return fail("block signal", std::to_string(signal), errno);
    auto held = std::make_unique<Watch::Held>();
    held->on_event = [handler = std::move(handler)](std::uint32_t number) { handler(static_cast<int>(number)); };
    if (const int r = sd_event_add_signal(event_.get(), std::out_ptr(held->source), signal, fire_signal, held.get());
        r < 0)
        return fail("watch signal", std::to_string(signal), -r);
    return Watch(std::move(held));
}

Result<int> EventLoop::run() {
    const int r = sd_event_loop(event_.get());
    if (r < 0)
        return fail("run event loop", "", -r);
    return r;
}

void EventLoop::stop(int status) {
    sd_event_exit(event_.get(), status);
}

}  // namespace anchorhold
