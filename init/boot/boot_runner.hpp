// Goes down a table of boot steps. A step that needs a child or a wait calls `done` later; the runner goes on then.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace anchorhold::init {

using Done = std::function<void(Result<>)>;

template <class Machine>
struct Step {
    std::string_view name;
    void (*run)(Machine&, Done);
    std::string_view why;
};

// When a step was done, in microseconds of the clock that the runner was given.
struct Stamp {
    std::string_view step;
    std::uint64_t microseconds = 0;
};

template <class Machine>
class BootRunner {
  public:
    struct Ends {
        std::function<std::uint64_t()> clock;
        std::function<void(std::string_view step, const Error&)> failed;
        std::function<void()> finished;
    };

    BootRunner(std::span<const Step<Machine>> steps, Machine& machine, Ends ends)
        : steps_(steps), machine_(machine), ends_(std::move(ends)) {}
    BootRunner(const BootRunner&) = delete;
    BootRunner& operator=(const BootRunner&) = delete;

    // Runs until the first step that waits; must be called once. The runner outlives every `done` it gave out.
    void start() { go_on(); }
    // No further step begins: the machine is going down.
    void stop() { stopped_ = true; }
    [[nodiscard]] const std::vector<Stamp>& stamps() const { return stamps_; }

  private:
    // A loop, not a recursion: steps that are done at once don't deepen the stack.
    void go_on() {
        if (running_)
            return;
        running_ = true;
        while (!stopped_ && !waiting_ && at_ < steps_.size()) {
            waiting_ = true;
            const std::size_t mine = at_;
            steps_[mine].run(machine_, [this, mine](Result<> result) { step_done(mine, std::move(result)); });
        }
        running_ = false;
        if (!stopped_ && at_ == steps_.size()) {
            stopped_ = true;
            ends_.finished();
        }
    }

    void step_done(std::size_t index, Result<> result) {
        if (stopped_ || index != at_ || !waiting_)
            return;
        if (!result) {
            stopped_ = true;
            ends_.failed(steps_[index].name, result.error());
            return;
        }
        stamps_.push_back({steps_[index].name, ends_.clock()});
        waiting_ = false;
        ++at_;
        go_on();
    }

    std::span<const Step<Machine>> steps_;
    Machine& machine_;
    Ends ends_;
    std::vector<Stamp> stamps_;
    std::size_t at_ = 0;
    bool waiting_ = false;
    bool running_ = false;
    bool stopped_ = false;
};

}  // namespace anchorhold::init
