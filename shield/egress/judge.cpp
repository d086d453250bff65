#include "shield/egress/judge.hpp"

#include "base/ascii.hpp"
#include "base/controls.hpp"
#include "shield/egress/git/git_request.hpp"
#include "shield/egress/git/push.hpp"
#include "shield/egress/git/ref_advertisement.hpp"
#include "shield/egress/http/forward.hpp"
#include "shield/egress/http/other_request.hpp"
#include "shield/egress/http/request_hold.hpp"
#include "shield/profile/decide.hpp"

namespace anchorhold::egress {
namespace {

bool host_agrees(const Conversation& client) {
    const RequestHead& head = client.reader.head();
    const auto port = head.port.value_or(client.secure ? 443 : 80);
    std::string_view host = head.host;
    if (host.ends_with('.'))
        host.remove_suffix(1);
    // HTTP/1.0 may have none.
    return head.authority.empty() || (port == client.port && equal_ignoring_case(host, client.name));
}

// A listed port reads like TLS, but for the one that HTTP in the clear has by custom.
bool may_be_clear(const Conversation& client) {
    const auto* host = profile::host_of(*client.profile, client.name);
    return client.secure || client.port == 80 || (host != nullptr && host->clear);
}

bool reads_underscores(const Conversation& client) {
    const profile::Host* host = profile::host_of(*client.profile, client.name);
    return host == nullptr || host->underscore_fields;  // one that is not listed is refused for that
}

profile::Decision decide(const profile::Profile& profile, const Conversation& client,
                         const profile::ReadTarget& target) {
    if (guard_off("policy"))
        return {profile::Verdict::allow, nullptr, {}};
    const profile::GitRequest git{client.name, client.port, target ? std::string_view(target->repository) : ""};
    switch (service_of(target)) {
        case profile::GitService::fetch:
        case profile::GitService::advertise_fetch:
            return decide_git_fetch(profile, git);
        case profile::GitService::advertise_push:
            return decide_git_advertise(profile, git);
        case profile::GitService::push:  // judged by its refs
        case profile::GitService::none:
            break;
    }
    return decide(profile, profile::HttpRequest{client.name, client.port, client.method, target});
}

}  // namespace

Task<bool> judge(Conversation& client, Ways ways) {
    const RequestHead& head = client.reader.head();
    const ConversationPeers& peers = client.peers;
    if (!guard_off("name-check") && !host_agrees(client)) {
        client.keep_alive = false;
        const std::string reason = "Host is " + std::string(head.authority) + ", but this connection is for " +
                                   client.name + " port " + std::to_string(client.port);
        co_return co_await client.refuse(421, {.reason = reason});
    }
    if (!client.profile)
        co_return co_await client.refuse(503, {.reason = peers.gate.policy().why_none});
    if (!peers.audit.ready())
        co_return co_await client.refuse(503, {.reason = peers.audit.why_not()});
    if (!may_be_clear(client) && !guard_off("clear"))
        co_return co_await client.refuse(
            400, {.reason = "port " + std::to_string(client.port) + " of " + client.name +
                            " is for TLS; use https, or the profile may say clear = true of this host"});
    if (!head.upgrade.empty() && !equal_ignoring_case(head.upgrade, "h2c"))
        co_return co_await client.refuse(403, {.reason = "changing to another protocol (Upgrade) is not let through"});

    const Field* type = head.find(FieldId::content_type);
    const auto target = profile::read_target(head.target);
    const auto service = service_of(target);
    if (!head.underscored.empty() && !reads_underscores(client))
        co_return co_await client.refuse(400, {.reason = "field " + std::string(head.underscored) +
                                                         " has an underscore, which some servers read as a hyphen; the "
                                                         "profile can allow it with underscore_fields = true"});
    if (const auto objection = objection_to(head, service))
        co_return co_await client.refuse(objection->status, {.reason = objection->reason});
    if (const auto fault = git_request_fault(service, head.method, type == nullptr ? std::string_view{} : type->value))
        co_return co_await client.refuse(fault->status, {.reason = fault->sentence});
    if (service == profile::GitService::push)
        co_return co_await serve_push(client, ways.servers, ways.holding, target->repository);

    const profile::Decision decision = decide(*client.profile, client, target);
    const std::string rule = decision.rule == nullptr ? "" : decision.rule->id;
    if (decision.verdict == profile::Verdict::deny)
        co_return co_await client.refuse(403, {.reason = decision.reason, .rule = rule});
    const bool plain = service == profile::GitService::none;
    const profile::HttpRequest request{client.name, client.port, client.method, target};
    if (plain)
        if (const auto objection = objection_to(head, *client.profile, request, decision))
            co_return co_await client.refuse(objection->status, {.reason = objection->reason, .rule = rule});
    const FormKind form = plain ? watched_as(head, *client.profile, request, decision) : FormKind::none;
    if (const auto objection = objection_to(head, form))
        co_return co_await client.refuse(objection->status, {.reason = objection->reason, .rule = rule});
    if (decision.verdict == profile::Verdict::ask)
        co_return co_await hold_request(client, ways.servers, ways.holding, *decision.rule, form);

    auto route = co_await route_for(client, decision.rule, [&client](const profile::Profile& other) {
        return decide(other, client, profile::read_target(client.target()));
    });
    if (!route)
        co_return co_await client.refuse(route.error(), {.rule = rule});
    const AnswerStart start = service == profile::GitService::advertise_push ? read_push_offer : nullptr;
    Forwarding how{.rule = rule, .form = form, .answer_start = start};
    co_return co_await forward(client, ways.servers, std::move(*route), std::move(how));
}

}  // namespace anchorhold::egress
