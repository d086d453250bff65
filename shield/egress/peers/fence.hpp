// Asks init to open the firewall for one address and port for a while (fw/fence_wire.hpp). What is open is remembered,
// so that only the first connection of a while asks.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "shield/egress/io/signal.hpp"

namespace anchorhold::egress {

class Fence {
  public:
    Fence(Executor executor, std::string path) : executor_(executor), path_(std::move(path)) {}

    enum class Opening : std::uint8_t { asked, remembered };
    // Open now, or an error that says why not. `lasting` counts from when init was asked, which may be a while ago.
    Task<Result<Opening>> open(asio::ip::address address, std::uint16_t port, std::chrono::seconds lasting);
    // What is remembered may be wrong: init makes the firewall anew, without openings, when a guard has died.
    void forget(const asio::ip::address& address, std::uint16_t port) { open_.erase({address, port}); }

  private:
    Task<Result<>> ask(const asio::ip::address& address, std::uint16_t port, std::chrono::seconds lasting);

    // In line: init's socket takes few at once, and one answer serves everyone who asks for the same.
    class Turn;

    Executor executor_;
    std::string path_;
    bool asking_ = false;
    std::deque<Signal*> line_;
    std::map<std::pair<asio::ip::address, std::uint16_t>, Clock::time_point> open_;
};

}  // namespace anchorhold::egress
