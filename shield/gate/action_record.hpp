// The action record (docs/design.md): what a person is asked about and what a passkey signs. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "shield/message/canonical_json.hpp"
#include "shield/message/digest.hpp"

namespace anchorhold::gate {

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

[[nodiscard]] Result<Record> make_record(const json::object& facts, const Binding& binding);

[[nodiscard]] bool same(const Digest& a, const Digest& b);  // in constant time

// "push acme/app refs/heads/main", "POST https://…": for lists and logs, at most 200 bytes.
[[nodiscard]] std::string in_short(const json::object& record);

}  // namespace anchorhold::gate
