// What gate tells agent-api, which answers the agent (docs/design.md, "agent-api → gate"): the profile and the status.
// It parses the agent's bytes, so whatever it says but one `watch` ends its connection.
#include <algorithm>
#include <string>

#include "shield/action/action.hpp"
#include "shield/gate/gate.hpp"

namespace anchorhold::gate {

Result<> Gate::from_agent_api(ConnectionId from, const json::object& message) {
    Peer& peer = peers_.at(from);
    if (message != json::object{{"type", "watch"}} || peer.follows_status)
        return fail("understand message", "", 0, "agent-api may say watch, once a connection, and nothing else");
    peer.told_policy = true;
    peer.follows_status = true;
    send(from, policy_message());
    send(from, status_message());
    return {};
}

void Gate::tell_agent_api() {
    if (std::ranges::none_of(peers_, [](const auto& entry) { return entry.second.follows_status; }))
        return;
    const auto message = status_message();
    for (auto& [id, peer] : peers_) {
        if (peer.follows_status)
            peer.connection->send(message);
    }
}

json::object Gate::status_message() const {
    const Readiness now = readiness();
    json::array pending;
    for (const Request* request : requests_.live()) {
        if (request->state == State::pending)
            pending.push_back(json::object{{"request", request->id},
                                           {"summary", action::summary(request->record.object)},
                                           {"expires", request->binding.expires}});
    }
    return {{"type", "status"}, {"state", now.state}, {"detail", now.detail}, {"pending", std::move(pending)}};
}

Readiness Gate::readiness() const {
    if (!policy_.accepted)
        return {.state = "no-profile", .detail = "nothing may leave: " + policy_.reason};
    if (!audit_.up())
        return {.state = "no-auditor", .detail = "nothing may leave: " + audit_.why_not()};
    if (!console_watches())
        return {.state = "no-console", .detail = "what must be asked is refused: the approval console is not running"};
    const bool asks =
        std::ranges::contains(policy_.accepted->profile.rules, profile::Verdict::ask, &profile::Rule::verdict);
    if (asks && passkeys_.passkeys.empty())
        return {.state = "no-passkey",
                .detail = "what must be asked cannot be approved: no passkey is registered yet; register one at " +
                          party_.origins.front()};
    return {.state = "ready", .detail = "what must be asked is asked at " + party_.origins.front()};
}

}  // namespace anchorhold::gate
