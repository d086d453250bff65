// The console's end of the channel to the gatekeeper: keeps it up, asks, and says when there is nobody to ask.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <string>

#include "shield/message/channel_client.hpp"

namespace anchorhold::console {

class GateLink {
  public:
    // A message of the gatekeeper with our id, or a sentence why there is none.
    using OnAnswer = std::function<void(const std::expected<json::object, std::string>&)>;
    struct Handlers {
        // A state that cannot be used: the link is dropped and made again.
        std::function<Result<>(const json::object&)> state;
        std::function<void()> down;  // was up, is no more
    };

    GateLink(EventLoop& loop, std::string path, Handlers handlers);

    // Connects now, or as soon as the gatekeeper listens.
    void start() { client_.start(); }

    [[nodiscard]] std::int64_t next_id() noexcept { return ++last_id_; }
    // `message` has the id given. on_answer is called once, perhaps before this returns.
    void ask(std::int64_t id, const json::object& message, OnAnswer on_answer);

  private:
    void greet();
    Result<> receive(const json::object& message);
    void lost(const std::string& why);

    Handlers handlers_;
    ChannelClient client_;
    bool told_ = false;  // that it is away: said once a loss, not at every attempt
    bool up_ = false;    // a state has come over this channel
    std::int64_t last_id_ = 0;
    std::map<std::int64_t, OnAnswer> asked_;
};

}  // namespace anchorhold::console
