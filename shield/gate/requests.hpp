// Pending requests as a state machine: pending → approved → consumed, or denied, expired, refused. Pure: the caller
// brings the clock and does the talking. A request that has ended is gone; nothing can happen to it twice.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shield/action/action_record.hpp"

namespace anchorhold::gate {

enum class State : std::uint8_t { pending, approved, consumed, denied, expired, refused };
[[nodiscard]] std::string_view to_text(State state);

using ConnectionId = std::uint64_t;

struct Request {
    std::string id;          // "7F3A-9K2M"
    ConnectionId owner = 0;  // the connection of egress that asked
    std::int64_t ask = 0;    // its own number for the question
    action::Binding binding;
    action::Record record;
    std::size_t shown_bytes = 0;  // what it takes in a `state` message
    State state = State::pending;
    std::string by;      // whose passkey approved, or whose session denied
    std::string reason;  // why it ended as it did
};

// Five random bytes in Crockford's base 32, readable aloud: no I, L, O, U.
[[nodiscard]] std::string request_id(std::uint64_t random);

class Requests {
  public:
    struct Limits {
        std::size_t pending = 64;
        std::size_t shown_bytes = 200UL * 1024;  // all of them must fit into one packet to the console
    };
    Requests() = default;
    explicit Requests(const Limits& limits) : limits_(limits) {}

    struct Refusal {
        std::string reason;          // a clause for a person
        std::vector<Request> ended;  // the request, when this was its end
    };
    template <class T = void>
    using Verdict = std::expected<T, Refusal>;

    Verdict<const Request*> add(Request request);
    [[nodiscard]] const Request* find(std::string_view id) const;
    [[nodiscard]] const Request* find(ConnectionId owner, std::int64_t ask) const;

    // From pending only.
    Verdict<const Request*> approve(std::string_view id, std::int64_t now, std::string_view by);
    Verdict<Request> deny(std::string_view id, std::int64_t now, std::string_view by, std::string_view reason);

    // From approved only, by the connection that asked, once. `facts` are those of the bytes about to be sent: the
    // record made of them must have the digest that was approved. If not, the approval is gone.
    Verdict<Request> consume(std::string_view id, ConnectionId owner, const json::object& facts, std::int64_t now);

    // Those whose time has come, and those that `which` picks; each ends once.
    std::vector<Request> expire(std::int64_t now);
    std::vector<Request> refuse(const std::function<bool(const Request&)>& which, std::string_view reason);

    // Pending and approved ones, oldest first.
    [[nodiscard]] std::vector<const Request*> live() const;
    [[nodiscard]] std::optional<std::int64_t> next_expiry() const;

  private:
    using Live = std::map<std::string, Request, std::less<>>;
    Request end(Live::iterator at, State state, std::string_view reason);
    Verdict<Live::iterator> live_in(std::string_view id, State state, std::int64_t now);

    Limits limits_;
    Live live_;
};

}  // namespace anchorhold::gate
