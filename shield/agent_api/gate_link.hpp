// The channel to the gatekeeper: keeps it up, says `watch` once on each connection, and hands on what gate says.
#pragma once

#include <functional>
#include <string>

#include "shield/message/channel_client.hpp"

namespace anchorhold::agent_api {

class GateLink {
  public:
    struct Handlers {
        // An error: the message cannot be understood. The connection is ended and made again.
        std::function<Result<>(const json::object&)> message;
        // The connection has ended, or could not be made.
        std::function<void()> down;
    };

    GateLink(EventLoop& loop, std::string path, Handlers handlers);

    // Connects now, or as soon as the gatekeeper listens.
    void start() { client_.start(); }

  private:
    void lost(const std::string& why);

    Handlers handlers_;
    ChannelClient client_;
    bool told_ = false;  // that it is away: said once a loss, not at every attempt
};

}  // namespace anchorhold::agent_api
