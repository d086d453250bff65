// The console's end of the channel to the gatekeeper: keeps it up, asks, and says when there is nobody to ask.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <string>

#include "base/event_loop.hpp"
#include "shield/message/channel.hpp"

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
    void start();

    [[nodiscard]] std::int64_t next_id() noexcept { return ++last_id_; }
    // `message` has the id given. on_answer is called once, perhaps before this returns.
    void ask(std::int64_t id, const json::object& message, OnAnswer on_answer);

  private:
    void try_again();
    void receive();
    void handle(const json::object& message);
    void lose(const std::string& why);

    EventLoop* loop_;
    std::string path_;
    Handlers handlers_;
    UniqueFd fd_;
    Watch readable_;
    Watch retry_;
    std::chrono::milliseconds delay_;
    bool up_ = false;  // a state has come over this channel
    std::int64_t last_id_ = 0;
    std::map<std::int64_t, OnAnswer> asked_;
};

}  // namespace anchorhold::console
