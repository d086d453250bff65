// The channel to the gatekeeper: keeps it up, says `watch` once on each connection, and hands on what gate says.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/event_loop.hpp"
#include "shield/message/channel.hpp"

namespace anchorhold::agent_api {

class GateLink {
  public:
    struct Handlers {
        // An error: the message cannot be understood. The connection is ended and made again.
        std::function<Result<>(const json::object&)> message;
        // The connection has ended. Called before the pause until the next one.
        std::function<void()> down;
    };

    GateLink(EventLoop& loop, std::string path, Handlers handlers);

    // Connects now, or as soon as the gatekeeper listens.
    void start();

  private:
    void connect_later();
    void receive();
    void lose(const std::string& why);

    EventLoop& loop_;
    std::string path_;
    Handlers handlers_;
    UniqueFd fd_;
    Watch readable_;
    Watch retry_;
    std::chrono::milliseconds delay_;
};

}  // namespace anchorhold::agent_api
