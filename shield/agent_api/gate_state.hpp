// What gate said last (docs/design.md, "agent-api → gate"), and the answers that are made of it. Pure: gate_link.hpp
// receives, the caller brings the clock.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shield/agent_api/bus_answers.hpp"
#include "shield/agent_api/policy.hpp"
#include "shield/message/canonical_json.hpp"

namespace anchorhold::agent_api {

class GateState {
  public:
    // An error: the message is none of `policy`, `no-policy`, `status`, or a member is missing.
    Result<> take(const json::object& message);
    // The channel to gate has ended. What gate said before is not true any more.
    void forget();

    // `now` in seconds since 1970.
    [[nodiscard]] BusStatus status(std::int64_t now) const;
    [[nodiscard]] const Policy& policy() const { return policy_; }

  private:
    struct Waiting {
        std::string request;
        std::string summary;
        std::int64_t expires = 0;  // seconds since 1970
    };
    Result<> take_policy(const json::object& message);
    Result<> take_status(const json::object& message);

    static Policy nobody();

    Policy policy_ = nobody();
    bool known_ = false;  // from the first `status` until forget()
    std::string state_;
    std::string detail_;
    std::vector<Waiting> pending_;
};

}  // namespace anchorhold::agent_api
