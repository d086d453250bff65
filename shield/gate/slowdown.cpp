#include "shield/gate/slowdown.hpp"

#include <algorithm>

namespace anchorhold::gate {

std::chrono::seconds Slowdown::mistake(std::string_view peer, TokenBucket::Clock::time_point now) {
    const auto at = std::ranges::find(peers_, peer, &Peer::name);
    if (at != peers_.end()) {
        peers_.splice(peers_.begin(), peers_, at);
    } else {
        if (peers_.size() >= kMaxPeers)
            peers_.pop_back();
        peers_.push_front({.name = std::string(peer)});
    }
    return peers_.front().mistakes.take(now) ? std::chrono::seconds(0) : kWait;
}

}  // namespace anchorhold::gate
