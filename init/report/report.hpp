// What init tells: lines for people on the console, one JSON object a line for the host (docs/design.md, channels to
// the host).
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "init/sequence/step.hpp"

namespace anchorhold::init {

// Takes one line with its newline; false when the line did not get through.
using Sink = std::function<bool(std::string_view)>;

class Report {
  public:
    Report(Sink console, Sink host) : console_(std::move(console)), host_(std::move(host)) {}

    void say(std::string_view text);
    void degraded(std::string_view why);
    void failed(std::string_view stage, const Error& error);
    void clock_stepped(std::string_view source, std::int64_t milliseconds);
    void restarting_cell(std::string_view why);
    void powering_off(std::string_view why);

    struct Ready {
        std::string_view profile_state;  // what the gatekeeper says of itself (sd_notify STATUS=)
        std::span<const Stamp> steps;
        std::uint64_t init_start = 0;  // microseconds of CLOCK_BOOTTIME, like the stamps
        std::uint64_t now = 0;
    };
    void ready(const Ready& ready);
    // Everything works again after a guard had died.
    void recovered(std::string_view profile_state);

    // Events that the host has not taken yet: its port may appear late, or nobody may be reading. True when none is
    // left.
    bool send_waiting();
    // Called when an event begins to wait.
    void on_waiting(std::function<void()> handler) { on_waiting_ = std::move(handler); }

  private:
    void tell(const boost::json::object& event);

    Sink console_;
    Sink host_;
    std::function<void()> on_waiting_;
    std::deque<std::string> waiting_;
    std::uint64_t dropped_ = 0;  // older than the first that waits
};

}  // namespace anchorhold::init
