// The one way down, whoever asked: a signal, the power button, or a boot step that failed. Phases as data; each gets
// its time and no more, so the machine is off within seconds.
#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "init/supervise/supervisor.hpp"

namespace anchorhold::init {

enum class Kind : std::uint8_t { power_off, restart };

struct Phase {
    std::span<const std::string_view> services;
    std::chrono::milliseconds budget;
    std::string_view why;
};

std::span<const Phase> shutdown_phases();

class Shutdown {
  public:
    struct Actions {
        std::function<void()> begin;                              // before anything is stopped
        std::function<bool(std::string_view service)> terminate;  // false: there is no such process
        std::function<bool(std::string_view service)> running;
        std::function<void()> kill_all;
        std::function<void(Kind)> take_down;  // unmount, sync, off; called exactly once, last
    };
    static constexpr std::chrono::milliseconds kAfterKill{500};

    Shutdown(std::span<const Phase> phases, Actions actions, After after)
        : phases_(phases), actions_(std::move(actions)), after_(std::move(after)) {}

    // The first request decides; later ones change nothing.
    void request(Kind kind);
    // Power off without phases, for when every moment that a process goes on is one too many. Cuts a request short.
    void kill();
    // After every reaping.
    void child_ended();
    [[nodiscard]] bool under_way() const { return state_ != State::up; }

  private:
    enum class State : std::uint8_t { up, stopping, killed, down };

    void stop_phase();
    void next_phase();
    void kill_all();
    [[nodiscard]] bool phase_over() const;
    [[nodiscard]] bool all_gone() const;
    void finish();
    void in(std::chrono::milliseconds delay, std::function<void()> then);

    std::span<const Phase> phases_;
    Actions actions_;
    After after_;
    State state_ = State::up;
    Kind kind_ = Kind::power_off;
    std::size_t phase_ = 0;
    Watch timer_;
};

}  // namespace anchorhold::init
