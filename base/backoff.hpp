// How long to wait before what has died is started, or what was lost is connected to, again: doubling, with jitter, and
// from the start again once it was well for a while. Allocates nothing.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace anchorhold {

class Backoff {
  public:
    using Span = std::chrono::milliseconds;
    struct Limits {
        Span first;
        Span max_delay;
        Span stable;  // it lived this long: the next pause is the first one again
    };
    // Of a service that init starts.
    static constexpr Limits kService{.first = Span{100}, .max_delay = Span{30'000}, .stable = Span{60'000}};
    // Of a channel to another shield process, which init starts again at once, and without which requests are refused.
    static constexpr Limits kChannel{.first = Span{20}, .max_delay = Span{800}, .stable = Span{1'000}};

    explicit constexpr Backoff(const Limits& limits = kService) : limits_(limits) {}

    // `ran`: how long the service or the connection lived; `random`: any number. At most a quarter is added, so that
    // those which died of one cause don't come back in step.
    Span next(Span ran, std::uint32_t random) {
        if (ran >= limits_.stable)
            tries_ = 0;
        const Span delay = std::min(limits_.max_delay, limits_.first * (1U << std::min(tries_, 10U)));
        ++tries_;
        return delay + Span(random % static_cast<std::uint32_t>(delay.count() / 4 + 1));
    }
    // Deaths or losses since it was last stable.
    [[nodiscard]] unsigned tries() const { return tries_; }

  private:
    Limits limits_;
    unsigned tries_ = 0;
};

}  // namespace anchorhold
