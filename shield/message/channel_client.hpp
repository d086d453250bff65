// A channel (channel.hpp) to another shield process, on an EventLoop: connects, hands on what comes, and when the peer
// is lost says so and connects again (base/backoff.hpp). What was not yet sent is lost with the peer.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/backoff.hpp"
#include "shield/message/channel_connection.hpp"

namespace anchorhold {

class ChannelClient {
  public:
    struct Handlers {
        std::function<void()> up;  // connected
        // An error: the peer makes no sense. It is dropped, and connected to again.
        std::function<Result<>(json::object&&)> message;
        // It was lost, or could not be connected to: then without an up() before. `why` goes on behind the peer's
        // name: "stopped", "is not running (…)".
        std::function<void(const std::string& why)> down;
        // What waited for the peer to read has been written.
        std::function<void()> drained = {};
    };
    // The loop must outlive the client. It is stopped with EXIT_FAILURE when no pause can be timed: a process that can
    // never connect again is started anew.
    ChannelClient(EventLoop& loop, std::string path, Handlers handlers);

    // Connects now, or as soon as the peer listens. Handlers may be called before this returns.
    void start();

    [[nodiscard]] bool connected() const { return connection_ != nullptr; }
    [[nodiscard]] bool drained() const { return !connection_ || connection_->drained(); }
    // Made by packet_of(). Goes nowhere while there is no peer; one that lets too many pile up is lost.
    void send(std::string packet);

  private:
    void lose(const std::string& why);

    EventLoop& loop_;
    std::string path_;
    Handlers handlers_;
    Backoff backoff_{Backoff::kChannel};
    std::chrono::steady_clock::time_point connected_at_;
    std::unique_ptr<ChannelConnection> connection_;
    Watch retry_;
};

}  // namespace anchorhold
