#include "shield/agent_api/gate_state.hpp"

#include <algorithm>
#include <utility>

namespace anchorhold::agent_api {
namespace {

constexpr std::string_view kNoGate = "the gatekeeper is not running; init starts it again";

std::unexpected<Error> malformed(const Error& error) {
    return fail("understand message of", "gatekeeper", 0, error.text());
}

}  // namespace

Policy GateState::nobody() {
    return {.profile = std::nullopt, .why_none = std::string(kNoGate)};
}

Result<> GateState::take(const json::object& message) {
    const auto type = text_member(message, "type");
    if (!type)
        return malformed(type.error());
    if (*type == "policy" || *type == "no-policy")
        return take_policy(message);
    if (*type == "status")
        return take_status(message);
    return fail("understand message of", "gatekeeper", 0, "agent-api knows no message " + std::string(*type));
}

Result<> GateState::take_policy(const json::object& message) {
    const auto text = text_member(message, "profile");
    if (!text) {
        const auto reason = text_member(message, "reason");
        if (!reason)
            return malformed(reason.error());
        policy_ = {.profile = std::nullopt, .why_none = std::string(*reason)};
        return {};
    }
    if (auto parsed = profile::parse(*text))
        policy_ = {.profile = std::move(*parsed), .why_none = {}};
    else
        policy_ = {.profile = std::nullopt,
                   .why_none = "agent-api cannot read the profile in force: " + parsed.error().text()};
    return {};
}

Result<> GateState::take_status(const json::object& message) {
    const auto state = text_member(message, "state");
    const auto detail = text_member(message, "detail");
    const auto pending = array_member(message, "pending");
    if (!state || !detail)
        return malformed((!state ? state : detail).error());
    if (!pending)
        return malformed(pending.error());
    std::vector<Waiting> waiting;
    for (const json::value& entry : **pending) {
        if (!entry.is_object())
            return fail("understand message of", "gatekeeper", 0, "an entry of pending is no object");
        const auto request = text_member(entry.get_object(), "request");
        const auto summary = text_member(entry.get_object(), "summary");
        const auto expires = integer_member(entry.get_object(), "expires");
        if (!request || !summary)
            return malformed((!request ? request : summary).error());
        if (!expires)
            return malformed(expires.error());
        waiting.push_back({.request = std::string(*request), .summary = std::string(*summary), .expires = *expires});
    }
    state_ = *state;
    detail_ = *detail;
    pending_ = std::move(waiting);
    known_ = true;
    return {};
}

void GateState::forget() {
    *this = GateState();
}

BusStatus GateState::status(std::int64_t now) const {
    if (!known_)
        return {.profile = {},
                .version = 0,
                .state = "no-gate",
                .detail = "nothing may leave: " + std::string(kNoGate),
                .pending = {}};
    BusStatus status{.profile = {}, .version = 0, .state = state_, .detail = detail_, .pending = {}};
    if (policy_.profile) {
        status.profile = policy_.profile->name;
        status.version = static_cast<std::uint64_t>(policy_.profile->version);
    }
    for (const Waiting& one : pending_)
        status.pending.push_back(one.request + " " + one.summary + ", " +
                                 std::to_string(std::max<std::int64_t>(0, one.expires - now)) + " s left");
    return status;
}

}  // namespace anchorhold::agent_api
