#include "base/clock_watch.hpp"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

namespace anchorhold {
namespace {

std::int64_t milliseconds(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

Result<> ClockWatch::arm() {
    // timerfd_create(2): a timer that never comes due, and that is cancelled when the clock is set.
    itimerspec never{};
    never.it_value.tv_sec = std::int64_t{1} << 40;
    ahead_ = milliseconds(CLOCK_REALTIME) - milliseconds(CLOCK_MONOTONIC);
    if (timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, nullptr) < 0 &&
        errno != ECANCELED)
        return fail("watch", "the clock", errno);
    return {};
}

Result<std::unique_ptr<ClockWatch>> ClockWatch::create(EventLoop& loop, Stepped stepped) {
    std::unique_ptr<ClockWatch> made(new ClockWatch(std::move(stepped)));
    made->timer_.reset(timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC));
    if (!made->timer_)
        return fail("watch", "the clock", errno);
    if (auto armed = made->arm(); !armed)
        return std::unexpected(armed.error());
    auto watch = loop.on_io(made->timer_.get(), EPOLLIN, [raw = made.get()](std::uint32_t) { raw->fired(); });
    if (!watch)
        return std::unexpected(watch.error());
    made->watch_ = std::move(*watch);
    return made;
}

void ClockWatch::fired() {
    std::uint64_t times = 0;
    if (read(timer_.get(), &times, sizeof times) >= 0 || errno != ECANCELED)
        return;
    const std::int64_t before = ahead_;
    // That cannot fail where it succeeded before.
    static_cast<void>(arm());
    stepped_(ahead_ - before);
}

}  // namespace anchorhold
