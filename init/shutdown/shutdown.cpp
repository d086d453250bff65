#include "init/shutdown/shutdown.hpp"

#include <algorithm>

namespace anchorhold::init {

Shutdown::Shutdown(std::span<const Step<Shutdown>> order, const Timers& timers, Callbacks callbacks)
    : callbacks_(std::move(callbacks)),
      sequence_(order, *this, timers, OnFailure::go_on,
                // No step of the way down fails: each does what it can.
                {.clock = [] { return std::uint64_t{0}; },
                 .failed = [](std::string_view, const Error&) {},
                 .finished = [] {}}) {}

void Shutdown::request(Kind kind) {
    if (!under_way_)
        begin(kind);
}

void Shutdown::kill() {
    if (hurried_ || killed_)
        return;
    hurried_ = true;
    if (under_way_)
        done_waiting();
    else
        begin(Kind::power_off);
}

void Shutdown::begin(Kind kind) {
    under_way_ = true;
    kind_ = kind;
    sequence_.start();
}

void Shutdown::stop(std::span<const std::string_view> services, Done done) {
    services_.insert(services_.end(), services.begin(), services.end());
    if (hurried_)
        return done({});
    bool any = false;
    for (const std::string_view service : services)
        any = callbacks_.terminate(service) || any;
    if (!any)
        return done({});
    awaited_ = services;
    waiting_ = std::move(done);
}

void Shutdown::kill_rest(Done done) {
    killed_ = true;
    callbacks_.kill_all();
    awaited_ = services_;
    if (!any_running())
        return done({});
    waiting_ = std::move(done);
}

bool Shutdown::any_running() const {
    return std::ranges::any_of(awaited_, callbacks_.running);
}

void Shutdown::done_waiting() {
    if (waiting_)
        std::exchange(waiting_, nullptr)({});
}

void Shutdown::child_ended() {
    if (waiting_ && !any_running())
        done_waiting();
}

}  // namespace anchorhold::init
