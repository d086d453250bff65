#include "shield/gate/events.hpp"

#include <utility>

#include "shield/action/action.hpp"

namespace anchorhold::gate {
namespace {

using audit::Outcome;

audit::Common common(const std::string& workstation, Outcome outcome, std::string_view reason) {
    audit::Common made;
    made.time = audit::now_ms();
    made.workstation = workstation;
    made.outcome = outcome;
    made.reason = reason;
    return made;
}

audit::Common common(const Request& request, Outcome outcome) {
    auto made = common(request.binding.workstation, outcome, request.reason);
    made.correlation = request.id;
    made.policy =
        audit::PolicyRef{request.binding.profile_name, request.binding.profile_version, request.binding.profile_digest};
    made.rule = request.binding.rule;
    return made;
}

json::object act(const Request& request, Outcome outcome) {
    const json::object& record = request.record.object;
    audit::ApiActivity made;
    made.common = common(request, outcome);
    made.operation = text_member(record, "kind").value_or("");
    made.actor = request.binding.agent;
    made.credential = request.binding.credential;
    made.action_sha256 = to_hex(request.record.digest);
    auto fields = action::audit_fields(record);
    made.activity_id = fields.activity_id;
    made.destination.name = std::move(fields.host);
    made.destination.port = fields.port;
    made.body_sha256 = std::move(fields.body_sha256);
    made.body_bytes = fields.body_bytes;
    for (auto& resource : fields.resources)
        made.resources.push_back({.type = std::move(resource.type),
                                  .name = std::move(resource.name),
                                  .uid = std::move(resource.uid),
                                  .change = std::move(resource.change)});
    return audit::event(made);
}

std::optional<audit::PolicyRef> reference(const Policy& policy) {
    if (!policy.accepted)
        return std::nullopt;
    const auto& profile = policy.accepted->profile;
    return audit::PolicyRef{profile.name, profile.version, to_hex(profile.digest)};
}

json::object about(const std::string& workstation, const Policy& policy, const Lease& lease, std::string_view operation,
                   Outcome outcome, std::string_view reason) {
    audit::ApiActivity made;
    made.common = common(workstation, outcome, reason);
    made.common.policy = reference(policy);
    made.common.rule = lease.rule;
    made.operation = operation;
    made.actor = "egress";
    made.destination.name = lease.host;
    made.credential = lease.credential;
    return audit::event(made);
}

}  // namespace

json::object asked_event(const Request& request) {
    return act(request, Outcome::delayed);
}
json::object consumed_event(const Request& request) {
    return act(request, Outcome::allowed);
}
json::object unused_event(const Request& request) {
    return act(request, Outcome::denied);
}

json::object outcome_event(const Request& request, bool taken) {
    return act(request, taken ? Outcome::allowed : Outcome::failed);
}

json::object approved_event(const Request& request, const passkey::Passkey& passkey,
                            const passkey::Assertion& assertion) {
    audit::Approval made;
    made.common = common(request, Outcome::approved);
    if (assertion.count_went_back)
        made.common.reason = "the passkey's counter did not grow: a copy of it may exist";
    made.request = request.id;
    made.action_sha256 = to_hex(request.record.digest);
    made.action = request.record.canonical;
    made.by = request.by;
    made.assertion = audit::Assertion{.credential_id = to_base64url(passkey.id),
                                      .client_data_json = to_base64url(assertion.client_data),
                                      .authenticator_data = to_base64url(assertion.authenticator_data),
                                      .signature = to_base64url(assertion.signature),
                                      .public_key = to_base64url(passkey.key.cose)};
    return audit::event(made);
}

json::object ended_event(const Request& request) {
    audit::Approval made;
    made.common = common(request, Outcome::rejected);
    made.request = request.id;
    made.action_sha256 = to_hex(request.record.digest);
    // Without a person's answer the digest is enough: the agent can have it end as often as it likes.
    if (request.state == State::denied)
        made.action = request.record.canonical;
    made.by = request.by;
    return audit::event(made);
}

json::object lease_event(const std::string& workstation, const Policy& policy, const Lease& lease) {
    return about(workstation, policy, lease, "credential.lease", Outcome::allowed, {});
}
json::object search_event(const std::string& workstation, const Policy& policy, const Lease& lease) {
    return about(workstation, policy, lease, "credential.search", Outcome::allowed, {});
}
json::object withheld_event(const std::string& workstation, const Policy& policy, const Lease& lease,
                            std::string_view reason) {
    return about(workstation, policy, lease, "credential.withhold", Outcome::denied, reason);
}

json::object turned_away_event(const std::string& workstation, std::string_view operation, std::string_view who,
                               std::string_view reason) {
    audit::ApiActivity made;
    made.common = common(workstation, Outcome::denied, reason);
    made.operation = operation;
    made.actor = who;
    return audit::event(made);
}

json::object session_event(const std::string& workstation, std::string_view operation, std::string_view who,
                           std::string_view reason) {
    audit::ApiActivity made;
    made.common = common(workstation, Outcome::allowed, reason);
    made.operation = operation;
    made.actor = who;
    return audit::event(made);
}

json::object policy_event(const std::string& workstation, const Policy& policy) {
    audit::ProfileChange made;
    made.loaded = policy.accepted.has_value();
    made.common = common(workstation, made.loaded ? Outcome::allowed : Outcome::denied, policy.reason);
    made.common.policy = reference(policy);
    if (policy.accepted)
        made.common.reason = "signed by " + policy.accepted->signer + " with " + policy.accepted->fingerprint;
    return audit::event(made);
}

json::object clock_event(const std::string& workstation, std::int64_t milliseconds) {
    audit::ProfileChange made;
    made.common = common(workstation, Outcome::allowed,
                         "the clock was set by " + std::to_string(milliseconds) + " ms, to the host's time");
    return audit::event(made);
}

json::object started_event(const std::string& workstation, std::string_view reason) {
    audit::Lifecycle made;
    made.common = common(workstation, Outcome::allowed, reason);
    made.program = "gate";
    return audit::event(made);
}

json::object enrolment_event(const std::string& workstation, const std::string& name, ByteView id,
                             std::string_view refused) {
    audit::PasskeyEnrolment made;
    made.common = common(workstation, refused.empty() ? Outcome::allowed : Outcome::denied, refused);
    made.name = name;
    made.credential_id = to_base64url(id);
    return audit::event(made);
}

}  // namespace anchorhold::gate
