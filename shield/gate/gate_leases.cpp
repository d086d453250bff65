// Which secrets leave the vault, toward egress alone: to be placed, and to be looked for in answers.
#include <algorithm>
#include <string>

#include "shield/echo/normal_form.hpp"
#include "shield/gate/gate.hpp"
#include "shield/gate/words.hpp"

namespace anchorhold::gate {
namespace {

constexpr std::int64_t kLeaseSeconds = 300;

std::unexpected<Error> malformed(std::string_view type, const Error& error) {
    return fail("understand message", type, 0, error.text());
}

}  // namespace

Result<> Gate::on_lease(ConnectionId from, std::int64_t id, const json::object& message) {
    const auto credential = text_member(message, "credential");
    const auto host = text_member(message, "host");
    const auto rule_id = text_member(message, "rule");
    if (!credential || !host || !rule_id)
        return malformed("lease", (!credential ? credential : !host ? host : rule_id).error());
    if (!policy_.accepted) {
        refuse(from, id, policy_.reason);
        return {};
    }
    const auto& profile = policy_.accepted->profile;
    const auto* rule = profile::rule_of(profile, *rule_id);
    const auto* known = profile::credential_of(profile, *credential);
    // Some kinds of act take the credential before the act itself, which must be consumed all the same.
    const bool may = rule != nullptr && known != nullptr && rule->host == *host && rule->credential == *credential &&
                     std::ranges::contains(known->hosts, rule->host) &&
                     (rule->verdict == profile::Verdict::allow ||
                      (rule->verdict == profile::Verdict::ask && action::lends_before_approval(rule->kind)));
    if (!may) {
        refuse(from, id,
               profile::title(profile) + " has no rule " + std::string(*rule_id) + " that places " +
                   std::string(*credential) + " toward " + std::string(*host));
        return {};
    }
    const Lease lease{.credential = std::string(*credential), .host = std::string(*host), .rule = rule->id};
    audit_.record(lease_event(settings_.workstation, policy_, lease),
                  [this, from, id, credential = lease.credential, digest = profile.digest](const Result<>& written) {
                      if (!written)
                          return refuse(from, id, audit_.why_not());
                      if (!policy_.accepted || policy_.accepted->profile.digest != digest)
                          return refuse(from, id, "the profile in force changed");
                      give_lease(from, id, credential, policy_.accepted->profile);
                  });
    return {};
}

std::string Gate::why_not_lend(const std::string& credential) const {
    if (credential.empty())
        return {};
    const auto secret = vault_.find(credential);
    if (!secret)
        return "the host gave no secret for credential " + credential + " (anchorhold.secret." + credential + ")";
    if (const char* fault = echo::fault_of({secret->data(), secret->size()}); fault != nullptr)
        return "the secret of credential " + credential + " cannot be looked for in answers: " + fault +
               "; the operator must give another one (anchorhold.secret." + credential + ")";
    return std::string(withheld_.reason(credential));
}

void Gate::give_lease(ConnectionId to, std::int64_t id, const std::string& credential,
                      const profile::Profile& profile) {
    if (credential.empty())
        return send(to, {{"type", "lease"}, {"id", id}, {"kind", "none"}});
    const auto* known = profile::credential_of(profile, credential);
    const auto why_not = why_not_lend(credential);
    if (known == nullptr || !why_not.empty())
        return refuse(to, id, known == nullptr ? "the profile has no credential " + credential : why_not);
    const std::int64_t left = profile.expires.time_since_epoch().count() - now();
    json::object message{{"type", "lease"},
                         {"id", id},
                         {"kind", profile::to_text(known->kind)},
                         {"seconds", std::clamp<std::int64_t>(left, 1, kLeaseSeconds)}};
    if (known->kind == profile::CredentialKind::basic)
        message["user"] = known->user;
    send_secret(to, std::move(message), credential);
}

// What was lent once, or is withheld now, is looked for all the same: it may be in a server's logs.
Result<> Gate::on_search(ConnectionId from, std::int64_t id, const json::object& message) {
    const auto credential = text_member(message, "credential");
    const auto host = text_member(message, "host");
    if (!credential || !host)
        return malformed("search", (!credential ? credential : host).error());
    if (!policy_.accepted) {
        refuse(from, id, policy_.reason);
        return {};
    }
    const auto& profile = policy_.accepted->profile;
    const auto* known = profile::credential_of(profile, *credential);
    if (known == nullptr || !std::ranges::contains(known->hosts, *host)) {
        refuse(from, id,
               profile::title(profile) + " does not list credential " + std::string(*credential) + " for " +
                   std::string(*host));
        return {};
    }
    const Lease lease{.credential = known->name, .host = std::string(*host), .rule = {}};
    audit_.record(search_event(settings_.workstation, policy_, lease),
                  [this, from, id, credential = lease.credential](const Result<>& written) {
                      if (!written)
                          return refuse(from, id, audit_.why_not());
                      json::object answer{{"type", "search"}, {"id", id}};
                      // One that is never lent is in no answer.
                      const auto secret = vault_.find(credential);
                      if (secret && echo::fault_of({secret->data(), secret->size()}) == nullptr)
                          return send_secret(from, std::move(answer), credential);
                      send(from, answer);
                  });
    return {};
}

Result<> Gate::on_echoed(const json::object& message) {
    const auto credential = text_member(message, "credential");
    const auto host = text_member(message, "host");
    const auto rule = text_member(message, "rule");
    const auto path = text_member(message, "path");
    if (!credential || !host || !rule || !path)
        return malformed("echoed", (!credential ? credential : !host ? host : !rule ? rule : path).error());
    const std::string name(*credential);
    if (!policy_.accepted || profile::credential_of(policy_.accepted->profile, name) == nullptr)
        return {};
    // Shown with all else in one packet: a path can be 8 KiB, and is whole in the record of the echo.
    const std::string from = std::string(*host) + " (" + quotable(*path) + ")";
    if (!withheld_.echoed(name, from, now()))
        return {};
    const Lease lease{.credential = name, .host = std::string(*host), .rule = std::string(*rule)};
    audit_.note(withheld_event(settings_.workstation, policy_, lease, withheld_.reason(name)));
    for (auto& [id, peer] : peers_)
        if (peer.role == Role::egress)
            peer.connection->send({{"type", "withheld"}, {"credential", name}});
    changed();
    return {};
}

}  // namespace anchorhold::gate
