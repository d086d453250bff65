#include "shield/profile/match.hpp"

#include <algorithm>

#include "base/controls.hpp"
#include "shield/profile/names.hpp"

namespace anchorhold::profile {
namespace {

// What is denied or asked about is so by each of its names, what is allowed by its own alone. An allowing rule that
// speaks of parameters is held against the path with them.
bool path_fits(const Rule& rule, const Facts& facts) {
    if (!rule.path || rule.path->matches(facts.path))
        return true;
    if (rule.verdict == Verdict::allow)
        return !facts.uncut.empty() && rule.path->pattern().contains(';') && rule.path->matches(facts.uncut);
    return !guard_off("readings") &&
           std::ranges::any_of(aliases(facts.path), [&](std::string_view name) { return rule.path->matches(name); });
}

// Behind "%" some servers read options (Gerrit's "refs/for/main%submit"): the ref before them is meant, and no rule
// allows them that does not speak of them.
bool ref_fits(const Rule& rule, std::string_view ref) {
    const std::string_view bare = ref.substr(0, ref.find('%'));
    const bool options = bare.size() != ref.size();
    if (rule.refs.empty())
        return !options || rule.verdict != Verdict::allow;
    return std::ranges::any_of(rule.refs, [&](const Glob& glob) {
        if (rule.verdict == Verdict::allow)
            return glob.matches(ref) && (!options || glob.pattern().contains('%'));
        return glob.matches(ref) || (options && glob.matches(bare));
    });
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
    if (!ref_fits(rule, facts.update->ref))
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
    facts->path = request.target->path;
    return facts;
}

void read_as(Facts& facts, const Reading& reading) {
    facts.path = reading.path;
    facts.uncut = reading.uncut;
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
    constexpr std::size_t kMaxShown = 200;
    std::string out(text.substr(0, kMaxShown));
    std::ranges::replace_if(
        out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f; }, '?');
    if (text.size() > kMaxShown)
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
