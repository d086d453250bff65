// A channel (shield/message/channel.hpp) to another shield process, on Asio: connects, hands on what comes, and when
// the peer is lost says so and connects again with growing delay. What was not yet sent is lost with the peer.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "shield/egress/io/asio.hpp"
#include "shield/message/channel.hpp"

namespace anchorhold::egress {

class Link {
  public:
    struct Handlers {
        std::function<void()> up;
        std::function<void()> down;
        std::function<void(json::object&&)> message;
        std::function<void()> drained = {};  // what waited in line has been written
        // Where a message says that a secret follows (`secret_bytes`), it comes in a packet of its own, into this room
        // and no other memory; told of before the message.
        std::span<char> room = {};
        std::function<void(const json::object&, std::span<const char>)> secret = {};
    };
    Link(Executor executor, std::string path) : executor_(executor), path_(std::move(path)) {}

    // For ever. Must be outlived by the Link.
    Task<> keep(Handlers handlers);

    [[nodiscard]] bool up() const { return socket_ != nullptr; }
    [[nodiscard]] bool drained() const { return waiting_.empty(); }
    // One packet, canonical JSON. Waits in line when the peer does not read; nothing is sent while it is away.
    void send(std::string packet);
    // The error: EMSGSIZE for what no packet takes, ENOTCONN while the peer is away.
    Result<> send(const json::object& message);

  private:
    using Connection = std::shared_ptr<Descriptor>;
    Task<> drain(Connection connection);
    Task<> receive(Connection connection, const Handlers& handlers);
    Task<bool> receive_secret(Connection connection, const Handlers& handlers, const json::object& message);
    bool write_first();

    Executor executor_;
    std::string path_;
    Connection socket_;
    std::function<void()> on_drained_;
    std::deque<std::string> waiting_;
    bool draining_ = false;
};

}  // namespace anchorhold::egress
