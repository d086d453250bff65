// org.anchorhold.Gate1 on a stream socket, D-Bus without a broker (sd-bus): what the agent may know. Read only.
// Peers authenticate with EXTERNAL; a client may say Hello as to a broker, or not.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "base/event_loop.hpp"
#include "base/unique_fd.hpp"

namespace anchorhold::gate {

inline constexpr const char* kBusPath = "/org/anchorhold/Gate1";
inline constexpr const char* kBusInterface = "org.anchorhold.Gate1";

struct BusStatus {
    std::string profile;  // its name; empty: none is in force
    std::uint64_t version = 0;
    std::string state;                 // "ready", "no-profile", "no-auditor", "no-console"
    std::string detail;                // a sentence
    std::vector<std::string> pending;  // "7F3A-9K2M push acme/app refs/heads/main, 280 s left"
};
struct BusWhy {
    std::string verdict;  // "allow", "ask", "deny"
    std::string rule;     // its id; empty: none matched
    std::string reason;   // sentences, each rule that did not match on a line of its own
};

class Bus {
  public:
    struct Answers {
        std::function<BusStatus()> status;
        std::function<BusWhy(const std::string& method, const std::string& url)> why;
    };
    static constexpr std::size_t kMostConnections = 16;

    static Result<std::unique_ptr<Bus>> serve(EventLoop& loop, UniqueFd listener, Answers answers);
    ~Bus();
    Bus(const Bus&) = delete;
    Bus& operator=(const Bus&) = delete;

    struct Client;  // one connection

  private:
    Bus(EventLoop& loop, UniqueFd listener, Answers answers);
    void accept();
    void end(const Client* client);

    EventLoop& loop_;
    UniqueFd listener_;
    Answers answers_;
    Watch accepting_;
    std::list<std::unique_ptr<Client>> clients_;
    std::uint64_t next_name_ = 1;
};

}  // namespace anchorhold::gate
