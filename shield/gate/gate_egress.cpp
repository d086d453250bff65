// Gate's answers to egress (docs/design.md, "egress → gate").
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/controls.hpp"
#include "shield/action/action.hpp"
#include "shield/gate/gate.hpp"

namespace anchorhold::gate {
namespace {

std::unexpected<Error> malformed(std::string_view type, const Error& error) {
    return fail("understand message", type, 0, error.text());
}

}  // namespace

Result<> Gate::from_egress(ConnectionId from, const json::object& message) {
    const auto type = text_member(message, "type");
    if (!type)
        return std::unexpected(type.error());
    if (*type == "policy") {
        peers_.at(from).told_policy = true;
        send(from, policy_message());
        return {};
    }
    if (*type == "echoed")
        return on_echoed(message);
    const auto id = integer_member(message, "id");
    if (!id)
        return malformed(*type, id.error());
    if (*type == "lease")
        return on_lease(from, *id, message);
    if (*type == "search")
        return on_search(from, *id, message);
    if (*type == "ask")
        return on_ask(from, *id, message);
    if (*type == "consume")
        return on_consume(from, *id, message);
    if (*type == "outcome")
        return on_outcome(from, message);
    if (*type == "cancel") {
        on_cancel(from, *id);
        return {};
    }
    return fail("understand message", *type, 0, "egress has no such message");
}

Result<Request> Gate::new_request(ConnectionId from, std::int64_t id, const json::object& facts,
                                  const profile::Rule& rule, const profile::Profile& profile) const {
    std::array<std::uint8_t, 32> nonce{};
    std::uint64_t number = 0;
    if (RAND_bytes(nonce.data(), static_cast<int>(nonce.size())) != 1 ||
        RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number) != 1)
        return fail("make action record", "", 0, "there are no random bytes");
    Request request;
    request.id = request_id(number);
    request.owner = from;
    request.ask = id;
    request.binding = {
        .workstation = settings_.workstation,
        .agent = "agent",
        .credential = rule.credential,
        .rule = rule.id,
        .profile_name = profile.name,
        .profile_version = profile.version,
        .profile_digest = to_hex(profile.digest),
        .nonce = to_hex(nonce),
        .requested = now(),
        .expires = std::min<std::int64_t>(now() + rule.expires_in.count(), profile.expires.time_since_epoch().count())};
    auto record = action::make_record(facts, request.binding);
    if (!record)
        return std::unexpected(record.error());
    request.record = std::move(*record);
    const auto entry = canonical(shown(request));
    if (!entry)
        return std::unexpected(entry.error());
    request.shown_bytes = entry->size();
    return request;
}

Result<> Gate::on_ask(ConnectionId from, std::int64_t id, const json::object& message) {
    const auto facts = object_member(message, "action");
    const auto rule_id = text_member(message, "rule");
    if (!facts || !rule_id)
        return malformed("ask", !facts ? facts.error() : rule_id.error());
    const auto answer = [&](std::string_view reason) {
        refuse(from, id, reason);
        return Result<>{};
    };
    if (auto checked = action::check_facts(**facts); !checked)
        return answer(checked.error().text());
    if (!policy_.accepted)
        return answer(policy_.reason);
    if (!audit_.up())
        return answer(audit_.why_not() + "; nothing was sent");
    if (!console_watches())
        return answer("the approval console is not running; nothing was sent");
    const auto rule = action::asking_rule(**facts, *rule_id, policy_.accepted->profile);
    if (!rule)
        return answer(rule.error().detail);
    if (const auto why_not = why_not_lend((*rule)->credential); !why_not.empty())
        return answer(why_not);
    if (!peers_.at(from).asks.take(clock()) && !guard_off("allowance"))
        return answer("more than " + std::to_string(kMaxAsksAtOnce) +
                      " requests were asked about in a minute; try again in a few seconds");
    auto made = new_request(from, id, **facts, **rule, policy_.accepted->profile);
    if (!made)
        return answer(made.error().detail);
    const auto added = requests_.add(std::move(*made));
    if (!added)
        return answer(added.error().reason);
    const Request& request = **added;
    const std::string name = request.id;
    audit_.note(asked_event(request));
    send(from, {{"type", "pending"},
                {"id", id},
                {"request", request.id},
                {"url", party_.origins.front() + "/"},
                {"expires", request.binding.expires},
                {"approvers", passkeys_.passkeys.size()}});
    changed();
    if (guard_off("approval") && requests_.approve(name, now(), "nobody: the guard is off"))
        tell_approved(name);
    return {};
}

Result<> Gate::on_consume(ConnectionId from, std::int64_t id, const json::object& message) {
    const auto request = text_member(message, "request");
    const auto facts = object_member(message, "action");
    if (!request || !facts)
        return malformed("consume", !request ? request.error() : facts.error());
    if (!audit_.up() || !policy_.accepted) {
        refuse(from, id, audit_.up() ? policy_.reason : audit_.why_not());
        return {};
    }
    const auto consumed = requests_.consume(*request, from, **facts, now());
    if (!consumed) {
        refuse(from, id, consumed.error().reason);
        tell_ended(consumed.error().ended);
        return {};
    }
    remember_sent(*consumed);
    audit_.record(consumed_event(*consumed), [this, from, id, credential = consumed->binding.credential,
                                              digest = consumed->binding.profile_digest](const Result<>& written) {
        if (!written)
            return refuse(from, id, audit_.why_not() + "; nothing was sent");
        if (!policy_.accepted || to_hex(policy_.accepted->profile.digest) != digest)
            return refuse(from, id, "the profile in force changed; nothing was sent");
        give_lease(from, id, credential, policy_.accepted->profile);
    });
    changed();
    return {};
}

void Gate::on_cancel(ConnectionId from, std::int64_t id) {
    const Request* const request = requests_.find(from, id);
    if (request == nullptr)
        return;
    tell_ended(requests_.refuse([name = request->id](const Request& other) { return other.id == name; },
                                "the client went away"));
}

}  // namespace anchorhold::gate
