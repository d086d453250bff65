// How long to wait before what has died is started again: doubling from 100 ms to 30 s, with jitter, and from the start
// again once it ran for a minute. Allocates nothing.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace anchorhold {

class Backoff {
  public:
    using Span = std::chrono::milliseconds;
    static constexpr Span kFirst{100};
    static constexpr Span kMaxDelay{30'000};
    static constexpr Span kStable{60'000};

    // `ran`: how long the service lived; `random`: any number. At most a quarter is added, so that services which died
    // of one cause don't come back in step.
    Span next(Span ran, std::uint32_t random) {
        if (ran >= kStable)
            tries_ = 0;
        const Span delay = std::min(kMaxDelay, kFirst * (1U << std::min(tries_, 10U)));
        ++tries_;
        return delay + Span(random % static_cast<std::uint32_t>(delay.count() / 4 + 1));
    }
    [[nodiscard]] unsigned tries() const { return tries_; }

  private:
    unsigned tries_ = 0;  // deaths since the last stable run
};

}  // namespace anchorhold
