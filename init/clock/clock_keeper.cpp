#include "init/clock/clock_keeper.hpp"

namespace anchorhold::init {
namespace {

// "Within a second" is a promise.
constexpr std::chrono::milliseconds kPause{500};

}  // namespace

void ClockKeeper::look() {
    auto host = host_.read();
    if (host && host->latest < floor_)
        host = fail("believe clock", host_.name(), 0, "it is before the image's build; mend the host's clock");
    auto done = host ? correct(*host) : Result<>(std::unexpected(host.error()));
    if (done)
        complained_.clear();
    else
        complain(done.error().text());
    timers_.set(timer_, kPause, [this] { look(); });
}

// Once, not twice a second.
void ClockKeeper::complain(const std::string& why) {
    if (why != complained_)
        report_.degraded("time is not kept: " + why);
    complained_ = why;
}

Result<> ClockKeeper::correct(const HostTime& host) {
    const Correction first = correction(host, system_.nanoseconds());
    if (first.how == Correction::How::none)
        return {};
    if (first.how == Correction::How::slew)
        return system_.slew_clock(first.by / 1000);
    // A step is taken when two readings agree upon it.
    const auto again = host_.read();
    if (!again)
        return std::unexpected(again.error());
    const Correction second = correction(*again, system_.nanoseconds());
    if (second.how != Correction::How::step || second.by - first.by > kSecond || first.by - second.by > kSecond)
        return {};
    if (auto stepped = system_.step_clock(second.by); !stepped)
        return stepped;
    report_.clock_stepped(host_.name(), second.by / 1'000'000);
    return {};
}

}  // namespace anchorhold::init
