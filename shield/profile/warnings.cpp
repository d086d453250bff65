#include "shield/profile/warnings.hpp"

#include <algorithm>

#include "shield/profile/decide.hpp"

namespace anchorhold::profile {
namespace {

// Where servers answer with tokens of their own, which the agent then holds: real credentials, if short-lived ones.
struct Mint {
    std::string_view method;
    std::string_view path;
    std::string_view what;
};
constexpr Mint kMints[] = {
    {"GET", "/token", "registries of containers"},
    {"POST", "/token", "OAuth"},
    {"GET", "/v2/token", "registries of containers"},
    {"GET", "/service/token", "Harbor"},
    {"GET", "/jwt/auth", "GitLab's registry"},
    {"POST", "/oauth/token", "OAuth"},
    {"POST", "/oauth2/token", "OAuth"},
    {"POST", "/oauth/access_token", "OAuth"},
    {"POST", "/login/oauth/access_token", "GitHub"},
    {"POST", "/app/installations/1/access_tokens", "GitHub apps"},
    {"POST", "/user/keys", "GitHub"},
    {"POST", "/api/v4/user/personal_access_tokens", "GitLab"},
    {"POST", "/api/v4/projects/1/access_tokens", "GitLab"},
    {"POST", "/api/v1/users/agent/tokens", "Gitea"},
    {"POST", "/v1/auth/token/create", "Vault"},
    {"POST", "/-/npm/v1/tokens", "npm"},
    {"POST", "/acme/app.git/info/lfs/objects/batch", "git LFS"},
    {"POST", "/latest/api/token", "metadata services"},
};

bool writes(const Rule& rule) {
    const auto reads = [](std::string_view method) {
        return method == "GET" || method == "HEAD" || method == "OPTIONS";
    };
    return rule.methods.empty() || !std::ranges::all_of(rule.methods, reads);
}

void warn_of_writes(const Profile& profile, const Rule& rule, std::vector<Problem>& found) {
    const auto asks = std::ranges::find_if(profile.rules, [&](const Rule& other) {
        return other.host == rule.host && other.kind == RuleKind::git_push && other.verdict == Verdict::ask;
    });
    if (asks == profile.rules.end() || !writes(rule))
        return;
    found.push_back({rule.at,
                     "rule " + rule.id + " allows plain requests that write on " + rule.host + ", where rule " +
                         asks->id + " asks about pushes: a git host's own API writes refs, too",
                     "let it ask, leave the writing methods out, or narrow its path to what no repository is behind"});
}

void warn_of_mints(const Profile& profile, const Rule& rule, std::vector<Problem>& found) {
    if (rule.credential.empty())
        return;
    const std::uint16_t port = host_of(profile, rule.host)->ports.front();
    for (const Mint& mint : kMints) {
        const auto target = read_target(mint.path);
        if (decide(profile, HttpRequest{rule.host, port, mint.method, target}).rule != &rule)
            continue;
        found.push_back({rule.at,
                         "rule " + rule.id + " allows " + std::string(mint.method) + " " + std::string(mint.path) +
                             " with credential " + rule.credential + ": servers (" + std::string(mint.what) +
                             ") answer there with a token of their own, which the agent then holds",
                         "deny that path above, unless such a token does no harm"});
        return;
    }
}

}  // namespace

std::vector<Problem> warnings(const Profile& profile) {
    std::vector<Problem> found;
    for (const Rule& rule : profile.rules) {
        if (rule.kind != RuleKind::http || rule.verdict != Verdict::allow)
            continue;
        warn_of_writes(profile, rule, found);
        warn_of_mints(profile, rule, found);
    }
    return found;
}

}  // namespace anchorhold::profile
