// The one way down, whoever asked: a signal, the power button, a boot step that failed, or a guard that cannot be held.
// Its steps are shutdown_order.cpp; each gets its time and no more, so the machine is off within seconds.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "init/sequence/sequence.hpp"

namespace anchorhold::init {

enum class Kind : std::uint8_t { power_off, restart };

class Shutdown {
  public:
    struct Callbacks {
        std::function<void()> hold_still;                         // before anything is stopped
        std::function<bool(std::string_view service)> terminate;  // false: there is no such process
        std::function<bool(std::string_view service)> running;
        std::function<void()> kill_all;
        std::function<void(Kind)> power_off_cleanly;  // unmount, sync, off; called exactly once, last
    };

    // `timers` stay the caller's, and outlive this.
    Shutdown(std::span<const Step<Shutdown>> order, const Timers& timers, Callbacks callbacks);
    Shutdown(const Shutdown&) = delete;
    Shutdown& operator=(const Shutdown&) = delete;

    // The first request decides; later ones change nothing.
    void request(Kind kind);
    // Power off at once, waiting for nobody to end by itself, for when every moment that a process goes on is one too
    // many. Cuts a request short.
    void kill();
    // After every reaping.
    void child_ended();
    [[nodiscard]] bool under_way() const { return under_way_; }

    // The steps' own.
    void hold_still() { callbacks_.hold_still(); }
    void stop(std::span<const std::string_view> services, Done done);
    void kill_rest(Done done);
    void power_off_cleanly() { callbacks_.power_off_cleanly(kind_); }

  private:
    void begin(Kind kind);
    [[nodiscard]] bool any_running() const;
    void done_waiting();

    Callbacks callbacks_;
    Sequence<Shutdown> sequence_;
    Kind kind_ = Kind::power_off;
    bool under_way_ = false;
    bool hurried_ = false;  // by kill()
    bool killed_ = false;
    std::vector<std::string_view> services_;  // that were to be stopped, killed ones included
    std::span<const std::string_view> awaited_;
    Done waiting_;
};

}  // namespace anchorhold::init
