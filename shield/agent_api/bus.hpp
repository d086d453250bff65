// org.anchorhold.Gate1 on a stream socket, D-Bus without a broker (sd-bus): what the agent may know. Read only.
// Peers authenticate with EXTERNAL; a client may say Hello as to a broker, or not.
// sd-bus makes room for what a header announces, up to 128 MiB: when the process runs out of memory (RLIMIT_DATA,
// harden.hpp), its clients are let go and the allocation is tried again. One Bus a process.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "base/acceptor.hpp"
#include "base/event_loop.hpp"
#include "base/unique_fd.hpp"
#include "shield/agent_api/bus_answers.hpp"

namespace anchorhold::agent_api {

class Bus {
  public:
    struct Answers {
        std::function<BusStatus()> status;
        std::function<BusWhy(const std::string& method, const std::string& url)> why;
    };
    static constexpr std::size_t kMaxConnections = 16;

    static Result<std::unique_ptr<Bus>> serve(EventLoop& loop, UniqueFd listener, Answers answers);
    ~Bus();
    Bus(const Bus&) = delete;
    Bus& operator=(const Bus&) = delete;

    struct Client;  // one connection

    // Lets everybody go but the one that is being answered. False when there was nobody.
    bool shed();
    // That one has called something.
    void heard(const Client* client);

  private:
    friend class Answering;
    Bus(EventLoop& loop, Answers answers);
    void accept(UniqueFd fd);
    void end(const Client* client);
    void make_room_for_one();

    EventLoop& loop_;
    Answers answers_;
    std::unique_ptr<Acceptor> acceptor_;
    std::list<std::unique_ptr<Client>> clients_;  // silent for longest first
    const Client* answering_ = nullptr;
    std::uint64_t next_name_ = 1;
};

}  // namespace anchorhold::agent_api
