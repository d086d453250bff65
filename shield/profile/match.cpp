#include "shield/profile/match.hpp"

#include <algorithm>
#include <utility>

#include "base/controls.hpp"
#include "shield/profile/names.hpp"
#include "shield/profile/request_path.hpp"

namespace anchorhold::profile {
namespace {

// Many servers serve "/a/" as "/a".
bool matches_like_servers(const Glob& glob, std::string_view path) {
    return glob.matches(path) || (!guard_off("readings") && path.size() > 1 && path.ends_with('/') &&
                                  glob.matches(path.substr(0, path.size() - 1)));
}

// Servlet containers read a path without its parameters: what is denied or asked about is so either way, what is
// allowed must be so both ways, unless the rule itself speaks of parameters.
bool path_fits(const Rule& rule, const Facts& facts) {
    if (!rule.path)
        return true;
    const bool bare = !facts.bare_path.empty();
    if (rule.verdict != Verdict::allow)
        return matches_like_servers(*rule.path, facts.path) ||
               (bare && matches_like_servers(*rule.path, facts.bare_path));
    return rule.path->matches(facts.path) &&
           (!bare || rule.path->pattern().contains(';') || rule.path->matches(facts.bare_path));
}

}  // namespace

Mismatch compare_http(const Rule& rule, const Facts& facts) {
    if (!rule.methods.empty() && !std::ranges::contains(rule.methods, facts.method))
        return Mismatch::method;
    return path_fits(rule, facts) ? Mismatch::none : Mismatch::path;
}

Mismatch compare_fetch(const Rule& rule, const Facts& facts) {
    return rule.repository && !rule.repository->matches(facts.repository) ? Mismatch::repository : Mismatch::none;
}

Mismatch compare_push(const Rule& rule, const Facts& facts) {
    if (rule.repository && !rule.repository->matches(facts.repository))
        return Mismatch::repository;
    const auto fits = [&](const Glob& glob) { return glob.matches(facts.update->ref); };
    if (!rule.refs.empty() && !std::ranges::any_of(rule.refs, fits))
        return Mismatch::ref;
    if (!rule.updates.empty() && !std::ranges::contains(rule.updates, facts.update->kind))
        return Mismatch::update;
    return Mismatch::none;
}

std::expected<Facts, std::string> find_host(const Profile& profile, std::string_view host, std::uint16_t port) {
    auto found = profile.by_host.find(host);
    if (found == profile.by_host.end()) {
        const auto canonical = canonical_host(host);
        if (!canonical)
            return std::unexpected("the host name " + canonical.error());
        found = profile.by_host.find(*canonical);
        if (found == profile.by_host.end())
            return std::unexpected("no rule lists " + *canonical);
    }
    Facts facts;
    facts.rules = &found->second;
    facts.host = &profile.hosts[facts.rules->host];
    if (!std::ranges::contains(facts.host->ports, port))
        return std::unexpected("port " + std::to_string(port) + " of " + facts.host->name + " is not listed");
    return facts;
}

std::expected<Facts, std::string> http_facts(const Profile& profile, const HttpRequest& request) {
    auto facts = find_host(profile, request.host, request.port);
    if (!facts)
        return facts;
    if (request.method == "TRACE" || request.method == "CONNECT")
        return std::unexpected(std::string(request.method) + " is never let through");
    if (!request.target)
        return std::unexpected(request.target.error());
    if (request.target->service != GitService::none)
        return std::unexpected("this is a git request and only git rules may judge it");
    facts->method = request.method;
    set_path(*facts, request.target->path);
    return facts;
}

void set_path(Facts& facts, std::string_view path) {
    facts.path = path;
    facts.bare_path.clear();
    if (path.contains(';') && !guard_off("readings"))
        facts.bare_path = without_parameters(path);
}

std::expected<Facts, std::string> git_facts(const Profile& profile, const GitRequest& request) {
    auto facts = find_host(profile, request.host, request.port);
    if (!facts)
        return facts;
    if (!valid_repository(request.repository))
        return std::unexpected("the repository's name has more than one meaning");
    facts->repository = request.repository;
    return facts;
}

std::string shown(std::string_view text) {
    constexpr std::size_t kMost = 200;
    std::string out(text.substr(0, kMost));
    std::ranges::replace_if(
        out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f; }, '?');
    if (text.size() > kMost)
        out += "...";
    return out;
}

std::string shown_origin(const Host& host, std::uint16_t port) {
    return "https://" + host.name + (port == 443 ? "" : ":" + std::to_string(port));
}

Decision refuse(const Profile& profile, std::string_view clause, const Rule* rule) {
    return {Verdict::deny, rule, "refused by " + title(profile) + ": " + std::string(clause)};
}

}  // namespace anchorhold::profile
