#include "init/report/report.hpp"

namespace anchorhold::init {
namespace {

// Boot events are few; a host that never reads must not make PID 1 grow. What it reads later ends with the latest.
constexpr std::size_t kMaxWaiting = 256;

}  // namespace

void Report::tell(const boost::json::object& event) {
    if (waiting_.size() >= kMaxWaiting) {
        waiting_.pop_front();
        ++dropped_;
    }
    const bool first = waiting_.empty();
    waiting_.push_back(boost::json::serialize(event) + "\n");
    if (!send_waiting() && first && on_waiting_)
        on_waiting_();
}

bool Report::send_waiting() {
    if (dropped_ > 0 &&
        host_(boost::json::serialize(boost::json::object{{"event", "dropped"}, {"count", dropped_}}) + "\n"))
        dropped_ = 0;
    while (dropped_ == 0 && !waiting_.empty() && host_(waiting_.front()))
        waiting_.pop_front();
    return waiting_.empty();
}

void Report::say(std::string_view text) {
    console_("anchorhold: " + std::string(text) + "\n");
}

void Report::degraded(std::string_view why) {
    say("degraded: " + std::string(why));
    tell({{"event", "degraded"}, {"why", why}});
}

void Report::failed(std::string_view stage, const Error& error) {
    say("FAILED in step " + std::string(stage) + ": " + error.text());
    std::string text = error.tried;
    if (!error.detail.empty())
        text += ": " + error.detail;
    tell({{"event", "failed"}, {"stage", stage}, {"object", error.object}, {"errno", error.number}, {"text", text}});
}

void Report::clock_stepped(std::string_view source, std::int64_t milliseconds) {
    say("the clock was set by " + std::to_string(milliseconds) + " ms, to the host's time (" + std::string(source) +
        ")");
    tell({{"event", "clock"}, {"source", source}, {"stepped_ms", milliseconds}});
}

void Report::restarting_cell(std::string_view why) {
    say("the agent's world ends and starts anew: " + std::string(why));
    tell({{"event", "restart"}, {"what", "cell"}, {"why", why}});
}

void Report::powering_off(std::string_view why) {
    say("going down: " + std::string(why));
    tell({{"event", "poweroff"}, {"why", why}});
}

void Report::ready(const Ready& ready) {
    boost::json::object steps;
    for (const Stamp& stamp : ready.steps)
        steps[stamp.step] = stamp.microseconds;
    tell({{"event", "ready"},
          {"profile_state", ready.profile_state},
          {"agent", "checked"},
          {"boot_us", std::move(steps)},
          {"init_start_us", ready.init_start},
          {"ready_us", ready.now}});
    say("ready; " + std::string(ready.profile_state));
}

void Report::recovered(std::string_view profile_state) {
    tell({{"event", "ready"}, {"profile_state", profile_state}, {"agent", "checked"}, {"recovered", true}});
    say("ready again; " + std::string(profile_state));
}

}  // namespace anchorhold::init
