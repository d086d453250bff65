// The profile: what the agent may reach, with which credentials, and what a person is asked about (docs/design.md).
// TOML in, a checked and indexed value out. Pure: no files, no sockets, no clock.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "shield/message/digest.hpp"
#include "shield/profile/glob.hpp"
#include "shield/profile/ref.hpp"

namespace anchorhold::profile {

inline constexpr std::size_t kMaxText = 4UL * 1024 * 1024;  // bytes that parse() reads; accept() is stricter
inline constexpr std::chrono::seconds kDefaultExpiresIn{300};
inline constexpr std::chrono::seconds kMinExpiresIn{10};
inline constexpr std::chrono::seconds kMaxExpiresIn{24 * 60 * 60};

enum class Verdict : std::uint8_t { allow, ask, deny };
enum class RuleKind : std::uint8_t { http, git_fetch, git_push };
enum class CredentialKind : std::uint8_t { basic, bearer };

[[nodiscard]] std::string_view to_text(Verdict verdict);
[[nodiscard]] std::string_view to_text(RuleKind kind);
[[nodiscard]] std::string_view to_text(CredentialKind kind);

// Where something stands in the TOML text; both count from 1, columns in characters.
struct Position {
    std::size_t line = 0;
    std::size_t column = 0;
};

// A name the agent may reach; canonical as canonical_host() writes it.
struct Host {
    std::string name;
    std::vector<std::uint16_t> ports{443};
    bool private_addresses = false;  // upstream may be private, loopback, link-local or documentation space
    bool clear = false;              // HTTP without TLS on ports other than 80 too
    bool reuse_after_body = false;   // the operator vouches that it reads each request's body, whatever it answers
    bool underscore_fields = false;  // it takes "api_key" for itself, never for "api-key"
    std::string roots;               // PEM certificates trusted for this host besides the public roots; may be empty
    Position at;
};

// What becomes of an answer in which a credential comes back: stars in its place, or its end.
enum class OnEcho : std::uint8_t { star, cut };

// Its secret is the host's credential anchorhold.secret.NAME; it is placed toward these hosts and no others.
struct Credential {
    std::string name;
    CredentialKind kind = CredentialKind::bearer;
    std::string user;  // basic only
    std::vector<std::string> hosts;
    OnEcho on_echo = OnEcho::star;
    Position at;
};

// An empty list or absent glob matches anything.
struct Rule {
    std::string id;
    std::string host;
    RuleKind kind = RuleKind::http;
    Verdict verdict = Verdict::deny;
    std::vector<std::string> methods;                     // http
    std::optional<Glob> path;                             // http; held against each reading of a path
    std::optional<Glob> repository;                       // git; "acme/app", without .git
    std::vector<Glob> refs;                               // git_push
    std::vector<UpdateKind> updates;                      // git_push
    std::string credential;                               // empty: none is placed
    std::chrono::seconds expires_in = kDefaultExpiresIn;  // ask
    Position at;
};

// What tells most rules apart without a look at them: half a cache line a rule, one after another.
struct Glance {
    static constexpr std::uint16_t kAnyMethod = 0xffff;

    std::uint32_t rule = 0;  // index into Profile::rules
    std::uint16_t methods = kAnyMethod;
    std::uint8_t length = 0;        // of the prefix
    std::array<char, 25> prefix{};  // what path or repository must start with, cut at its first wildcard

    // False: the rule cannot match. `method` is method_bit() of the request's.
    [[nodiscard]] bool worth_a_look(std::uint16_t method, std::string_view text) const noexcept {
        return (methods & method) != 0 && text.starts_with(std::string_view(prefix.data(), length));
    }
};

// One bit for each common method, one for all others together.
[[nodiscard]] std::uint16_t method_bit(std::string_view method);

// In the profile's order.
struct HostRules {
    std::size_t host = 0;  // index into Profile::hosts
    std::vector<Glance> http;
    std::vector<Glance> fetch;
    std::vector<Glance> push;
};

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};

struct Profile {
    std::string name;
    std::int64_t version = 0;  // 1 … 2^53 - 1
    std::chrono::sys_seconds expires;
    std::vector<Host> hosts;
    std::vector<Credential> credentials;
    std::vector<Rule> rules;
    Digest digest{};  // SHA-256 of the text
    std::unordered_map<std::string, HostRules, TextHash, std::equal_to<>> by_host;
};

// What is wrong with a text, where, and what to do about it (the hint may be empty).
struct Problem {
    Position at;
    std::string message;
    std::string hint;
};

// Every problem of the text, in its order; a TOML syntax error ends the search.
[[nodiscard]] std::expected<Profile, std::vector<Problem>> check(std::string_view toml);

// The same for programs: the first problem as an Error whose object is "line 12, column 3".
[[nodiscard]] Result<Profile> parse(std::string_view toml);

// Null when the profile has none of that name. Pointers live as long as the profile is neither changed nor moved from.
[[nodiscard]] const Host* host_of(const Profile& profile, std::string_view name);
[[nodiscard]] const Credential* credential_of(const Profile& profile, std::string_view name);
[[nodiscard]] const Rule* rule_of(const Profile& profile, std::string_view id);

// "profile demo version 3"
[[nodiscard]] std::string title(const Profile& profile);

}  // namespace anchorhold::profile
