// How soon whoever shows a wrong code or a worthless assertion hears of it: each peer has a token bucket, and when
// it is empty an answer takes its time. A right one is never kept waiting: 100 bits are not guessed, and a limit that
// also stopped right ones would let a stranger keep the person out. Pure: the caller brings the clock.
#pragma once

#include <chrono>
#include <list>
#include <string>
#include <string_view>

#include "base/token_bucket.hpp"

namespace anchorhold::gate {

class Slowdown {
  public:
    static constexpr std::int64_t kAtOnce = 5;
    static constexpr std::chrono::seconds kOneMoreEach{10};
    static constexpr std::chrono::seconds kWait{2};
    static constexpr std::size_t kMaxPeers = 1024;  // then the one not heard of for longest is forgotten

    // How long to wait with the answer to this peer's mistake.
    [[nodiscard]] std::chrono::seconds mistake(std::string_view peer, TokenBucket::Clock::time_point now);

  private:
    struct Peer {
        std::string name;
        TokenBucket mistakes{kAtOnce, kOneMoreEach};
    };
    std::list<Peer> peers_;  // heard of last, first
};

}  // namespace anchorhold::gate
