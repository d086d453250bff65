#include "init/shutdown/shutdown.hpp"

#include <algorithm>

namespace anchorhold::init {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kCell[] = {"cell"};
constexpr std::string_view kFaces[] = {"agent-api", "egress", "console"};
constexpr std::string_view kGate[] = {"gate"};
constexpr std::string_view kAudit[] = {"audit"};

constexpr Phase kPhases[] = {
    {kCell, 3000ms, "the agent's programs save their work; the way out is shut already"},
    {kFaces, 1000ms, "nobody asks any more"},
    {kGate, 500ms, "refuses what is pending, and logs it"},
    {kAudit, 1000ms, "last, so that the log holds all of the above"},
};

}  // namespace

std::span<const Phase> shutdown_phases() {
    return kPhases;
}

void Shutdown::request(Kind kind) {
    if (state_ != State::up)
        return;
    state_ = State::stopping;
    kind_ = kind;
    actions_.begin();
    stop_phase();
}

void Shutdown::stop_phase() {
    while (phase_ < phases_.size()) {
        bool any = false;
        for (const std::string_view service : phases_[phase_].services)
            any = actions_.terminate(service) || any;
        if (any)
            return in(phases_[phase_].budget, [this] { next_phase(); });
        ++phase_;
    }
    kill_all();
}

void Shutdown::kill() {
    if (state_ == State::killed || state_ == State::down)
        return;
    const bool fresh = state_ == State::up;
    state_ = State::stopping;
    if (fresh)
        actions_.begin();
    kill_all();
}

void Shutdown::kill_all() {
    state_ = State::killed;
    actions_.kill_all();
    if (all_gone())
        return finish();
    in(kAfterKill, [this] { finish(); });
}

void Shutdown::next_phase() {
    if (state_ != State::stopping)
        return;
    ++phase_;
    stop_phase();
}

bool Shutdown::phase_over() const {
    return std::ranges::none_of(phases_[phase_].services, actions_.running);
}

bool Shutdown::all_gone() const {
    return std::ranges::all_of(
        phases_, [this](const Phase& phase) { return std::ranges::none_of(phase.services, actions_.running); });
}

void Shutdown::child_ended() {
    if (state_ == State::stopping && phase_over())
        return next_phase();
    if (state_ == State::killed && all_gone())
        finish();
}

void Shutdown::finish() {
    if (state_ == State::down)
        return;
    state_ = State::down;
    timer_ = Watch();
    actions_.take_down(kind_);
}

void Shutdown::in(std::chrono::milliseconds delay, std::function<void()> then) {
    auto timer = after_(delay, std::move(then));
    if (timer)
        timer_ = std::move(*timer);
    else
        finish();
}

}  // namespace anchorhold::init
