// What gate tells the audit log (OCSF, shield/audit/event.hpp), from its own values. No secret passes through here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shield/audit/event.hpp"
#include "shield/gate/policy.hpp"
#include "shield/gate/requests.hpp"
#include "shield/passkey/assertion.hpp"

namespace anchorhold::gate {

// 6003: a request waits for a person; it was sent on; it was approved and yet not sent.
[[nodiscard]] json::object asked_event(const Request& request);
[[nodiscard]] json::object consumed_event(const Request& request);
[[nodiscard]] json::object unused_event(const Request& request);
// And what upstream made of it, in the request's reason.
[[nodiscard]] json::object outcome_event(const Request& request, bool taken);

// 3003: the answer, with all that anyone needs to verify the approval later without a secret.
[[nodiscard]] json::object approved_event(const Request& request, const passkey::Passkey& passkey,
                                          const passkey::Assertion& assertion);
// 3003: denied, expired, or refused before anybody answered.
[[nodiscard]] json::object ended_event(const Request& request);

// 6003: a secret leaves the vault toward egress.
struct Lease {
    std::string credential;
    std::string host;
    std::string rule;
};
[[nodiscard]] json::object lease_event(const std::string& workstation, const Policy& policy, const Lease& lease);

// 6003: the same, only to be looked for in answers.
[[nodiscard]] json::object search_event(const std::string& workstation, const Policy& policy, const Lease& lease);
// 6003: it came back in answers, and is lent no more.
[[nodiscard]] json::object withheld_event(const std::string& workstation, const Policy& policy, const Lease& lease,
                                          std::string_view reason);

// 6003: somebody was turned away: a stranger, a malformed message, a signature that does not hold.
[[nodiscard]] json::object turned_away_event(const std::string& workstation, std::string_view operation,
                                             std::string_view who, std::string_view reason);

// 6003: somebody signed in at the page with that passkey, or signed out.
[[nodiscard]] json::object session_event(const std::string& workstation, std::string_view operation,
                                         std::string_view who, std::string_view reason);

// 5019: this is the policy now.
[[nodiscard]] json::object policy_event(const std::string& workstation, const Policy& policy);
// 5019 too: the machine's clock was set by so much.
[[nodiscard]] json::object clock_event(const std::string& workstation, std::int64_t milliseconds);
// 6002: gate is there and connected to the auditor.
[[nodiscard]] json::object started_event(const std::string& workstation, std::string_view reason);
// 3004: a passkey was registered (reason empty), or not.
[[nodiscard]] json::object enrolment_event(const std::string& workstation, const std::string& name, ByteView id,
                                           std::string_view refused);

}  // namespace anchorhold::gate
