// The action record (docs/design.md): what a person is asked about and what a passkey signs. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "shield/action/action.hpp"
#include "shield/message/canonical_json.hpp"
#include "shield/message/digest.hpp"

namespace anchorhold::action {

inline constexpr std::size_t kMaxRecord = 64UL * 1024;  // bytes in canonical form; the auditor keeps it whole

// What gate adds to the facts, so that no two records are alike and none outlives its profile.
struct Binding {
    std::string workstation;
    std::string agent;
    std::string credential;  // empty: the rule places none
    std::string rule;
    std::string profile_name;
    std::int64_t profile_version = 0;
    std::string profile_digest;  // hex
    std::string nonce;           // 64 hex digits
    std::int64_t requested = 0;  // seconds since 1970
    std::int64_t expires = 0;
};

struct Record {
    json::object object;
    std::string canonical;  // RFC 8785
    Digest digest{};        // of `canonical`: the WebAuthn challenge
};

// An error: the facts hold what has no canonical form, or the record is longer than kMaxRecord.
[[nodiscard]] Result<Record> make_record(const json::object& facts, const Binding& binding,
                                         Table table = action_table());

[[nodiscard]] bool same(const Digest& a, const Digest& b);  // in constant time

}  // namespace anchorhold::action
