// What happened, as OCSF 1.9.0 events (schema.ocsf.io): plain facts in, a JSON object with every required attribute
// out. No secret ever gets in here: credentials by name, bodies by digest, URLs without query. Text is made valid UTF-8
// and cut at kMaxText, so that nothing an agent sends can make a record that the auditor must refuse. The auditor
// adds metadata.sequence, metadata.uid and attestation_list.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shield/message/canonical_json.hpp"

namespace anchorhold::audit {

inline constexpr std::size_t kMaxText = 1024;     // bytes of one text attribute
inline constexpr std::size_t kMaxAction = 65536;  // bytes of a canonical action record; beyond it only the digest
inline constexpr std::size_t kMaxResources = 64;  // listed in one event; unmapped.resources_total has the true count

enum class Outcome : std::uint8_t {
    allowed,
    denied,    // by the profile or a guard
    delayed,   // waits for a person
    approved,  // by a person
    rejected,  // by a person, or nobody answered in time
    failed,    // allowed, but it could not be done
};

struct Endpoint {
    std::string name = {};     // host name; may be empty
    std::string address = {};  // text form; may be empty
    std::uint16_t port = 0;
};

struct PolicyRef {
    std::string name = {};
    std::int64_t version = 0;
    std::string digest = {};  // hex
};

// What every event says.
struct Common {
    std::int64_t time = 0;         // milliseconds since 1970
    std::string workstation = {};  // host name of the machine
    std::string correlation = {};  // ties the events of one request together; may be empty
    Outcome outcome = Outcome::denied;
    std::string reason = {};  // in words; may be empty
    std::optional<PolicyRef> policy = {};
    std::string rule = {};   // id of the profile's rule; may be empty
    std::int64_t count = 1;  // of the like of it since the last record
};

// Milliseconds since 1970 by the system's clock.
[[nodiscard]] std::int64_t now_ms();

// 4001: a TCP connection or a datagram.
struct NetworkActivity {
    enum class Step : std::uint8_t { open = 1, close = 2, fail = 4, refuse = 5 };
    Common common = {};
    Step step = Step::refuse;
    std::string protocol = "tcp";
    Endpoint source = {};
    Endpoint destination = {};
    std::uint64_t bytes_in = 0;  // toward the agent
    std::uint64_t bytes_out = 0;
};

// What became of a request that went up.
struct HttpEnd {
    int status = 0;               // of the answer; 0: none came
    std::uint64_t bytes_in = 0;   // toward the agent, heads included
    std::uint64_t bytes_out = 0;  // from it
    std::uint64_t query_bytes = 0;
    std::int64_t milliseconds = 0;
};

// 4002: one HTTP request, as it was judged and before it goes up; or, with `end`, afterwards. A record of several ends
// (Common::count) has their sums.
struct HttpActivity {
    Common common = {};
    Endpoint source = {};
    Endpoint destination = {};
    std::string method = {};
    std::string url = {};                          // the query and fragment are cut off
    std::optional<std::uint64_t> body_bytes = {};  // unknown while a body without length is still to come
    std::string credential = {};                   // its name, when one was placed
    std::optional<HttpEnd> end = {};
};

// 4003: one question to the resolver, answered or refused.
struct DnsActivity {
    Common common = {};
    Endpoint source = {};
    std::string name = {};
    std::string type = {};    // "A", "AAAA"
    std::uint16_t rcode = 0;  // RFC 6895
    std::vector<std::string> answers = {};
};

struct Resource {
    std::string type = {};    // "ref", "repository"
    std::string name = {};    // "refs/heads/main"
    std::string uid = {};     // "old..new", or empty
    std::string change = {};  // "create", "update", "delete", or empty
};

// 6003: an act upon somebody's service: held (Outcome::delayed), sent (allowed), refused (denied, rejected), failed.
struct ApiActivity {
    Common common = {};
    std::string operation = {};  // "credential.lease"; of an act that a person is asked about its kind
    int activity_id = 99;        // 1 create, 2 read, 3 update, 4 delete, 99 other: then activity_name is the operation
    std::string actor = "agent";
    Endpoint source = {};
    Endpoint destination = {};
    std::vector<Resource> resources = {};
    std::string body_sha256 = {};  // hex; may be empty
    std::uint64_t body_bytes = 0;
    std::string credential = {};     // its name; may be empty
    std::string action_sha256 = {};  // hex, of the canonical action record; may be empty
};

// A WebAuthn assertion, base64url: with the action record enough for anyone to verify the approval later.
struct Assertion {
    std::string credential_id = {};
    std::string client_data_json = {};
    std::string authenticator_data = {};
    std::string signature = {};
    std::string public_key = {};  // COSE key
};

// 3003: a person's answer, or that none came. Outcome::approved or rejected.
struct Approval {
    Common common = {};
    std::string request = {};
    std::string action_sha256 = {};  // hex, of the canonical action record: the challenge
    std::string action = {};         // that record; may be empty
    std::string by = {};             // the passkey's name; empty when nobody answered
    std::optional<Assertion> assertion = {};
};

// 6002: a shield process starts or stops.
struct Lifecycle {
    Common common = {};
    std::string program = {};
    bool started = true;
};

// 5019: a profile came into force, or was refused and the last one stays. `common.policy` is the profile it is about.
struct ProfileChange {
    Common common = {};
    bool loaded = true;
};

// 3004: a person's passkey was registered, or the attempt was refused.
struct PasskeyEnrolment {
    Common common = {};
    std::string name = {};
    std::string credential_id = {};  // base64url
};

[[nodiscard]] json::object event(const NetworkActivity& what);
[[nodiscard]] json::object event(const HttpActivity& what);
[[nodiscard]] json::object event(const DnsActivity& what);
[[nodiscard]] json::object event(const ApiActivity& what);
[[nodiscard]] json::object event(const Approval& what);
[[nodiscard]] json::object event(const Lifecycle& what);
[[nodiscard]] json::object event(const ProfileChange& what);
[[nodiscard]] json::object event(const PasskeyEnrolment& what);

}  // namespace anchorhold::audit
