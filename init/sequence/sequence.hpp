// Goes down a table of steps, each with its reason. A step that needs a child or a wait calls `done` later; the
// sequence goes on then, or when the step's budget is used up.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "init/sequence/step.hpp"
#include "init/sequence/timers.hpp"

namespace anchorhold::init {

// What becomes of a sequence when one of its steps fails. Either way `failed` is called.
enum class OnFailure : std::uint8_t {
    end,    // no further step begins
    go_on,  // the next one does: what must happen happens
};

template <class Subject>
class Sequence {
  public:
    struct Callbacks {
        std::function<std::uint64_t()> clock;
        std::function<void(std::string_view step, const Error&)> failed;
        std::function<void()> finished;
    };

    // All but the callbacks stay the caller's, and outlive this.
    Sequence(std::span<const Step<Subject>> steps, Subject& subject, const Timers& timers, OnFailure on_failure,
             Callbacks callbacks)
        : steps_(steps),
          subject_(subject),
          timers_(timers),
          on_failure_(on_failure),
          callbacks_(std::move(callbacks)) {}
    Sequence(const Sequence&) = delete;
    Sequence& operator=(const Sequence&) = delete;

    // Runs until the first step that waits; must be called once. The sequence outlives every `done` it gave out.
    void start() { go_on(); }
    // No further step begins.
    void stop() {
        stopped_ = true;
        timer_ = Watch();
    }
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
            steps_[mine].run(subject_, [this, mine](Result<> result) { step_done(mine, std::move(result)); });
            bound(mine);
        }
        running_ = false;
        if (!stopped_ && at_ == steps_.size()) {
            stop();
            callbacks_.finished();
        }
    }

    // A step that cannot be timed gets no time.
    void bound(std::size_t index) {
        const auto budget = steps_[index].budget;
        if (stopped_ || !waiting_ || at_ != index || budget.count() == 0)
            return;
        if (!timers_.set(timer_, budget, [this, index] { step_done(index, {}); }))
            step_done(index, {});
    }

    void step_done(std::size_t index, Result<> result) {
        if (stopped_ || index != at_ || !waiting_)
            return;
        timer_ = Watch();
        if (!result) {
            if (on_failure_ == OnFailure::end)
                stop();
            callbacks_.failed(steps_[index].name, result.error());
            if (on_failure_ == OnFailure::end)
                return;
        }
        stamps_.push_back({steps_[index].name, callbacks_.clock()});
        waiting_ = false;
        ++at_;
        go_on();
    }

    std::span<const Step<Subject>> steps_;
    Subject& subject_;
    const Timers& timers_;
    OnFailure on_failure_;
    Callbacks callbacks_;
    std::vector<Stamp> stamps_;
    Watch timer_;
    std::size_t at_ = 0;
    bool waiting_ = false;
    bool running_ = false;
    bool stopped_ = false;
};

}  // namespace anchorhold::init
