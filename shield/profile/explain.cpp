#include "shield/profile/explain.hpp"

#include "shield/profile/match.hpp"

namespace anchorhold::profile {
namespace {

using Compare = Mismatch (*)(const Rule&, const Facts&);

std::string listed(const auto& items, auto&& as_text) {
    std::string out;
    for (const auto& item : items)
        out += (out.empty() ? "" : ", ") + std::string(as_text(item));
    return out;
}

std::string_view pattern_of(const std::optional<Glob>& glob) {
    return glob ? glob->pattern() : std::string_view("**");
}

std::string why_not(const Rule& rule, Mismatch mismatch, const Facts& facts) {
    const auto differs = [](std::string_view what, std::string_view wanted, std::string_view have) {
        return "its " + std::string(what) + " is " + std::string(wanted) + ", this one is " + shown(have);
    };
    const auto pattern = [](const Glob& glob) { return std::string_view(glob.pattern()); };
    switch (mismatch) {
        case Mismatch::none:
            return "matches";
        case Mismatch::method:
            return differs("method", listed(rule.methods, [](const auto& m) { return m; }), facts.method);
        case Mismatch::path:
            return differs("path", pattern_of(rule.path), facts.path);
        case Mismatch::repository:
            return differs("repository", pattern_of(rule.repository), facts.repository);
        case Mismatch::ref:
            return differs("ref", rule.refs.empty() ? "any without %" : listed(rule.refs, pattern), facts.update->ref);
        case Mismatch::update:
            return differs("update", listed(rule.updates, [](UpdateKind k) { return to_text(k); }),
                           to_text(facts.update->kind));
    }
    return {};
}

std::string_view called(RuleKind kind) {
    return kind == RuleKind::http ? "plain HTTP" : kind == RuleKind::git_fetch ? "a git fetch" : "a git push";
}

void walk(const Profile& profile, const Facts& facts, RuleKind kind, Compare compare, std::vector<Step>& steps) {
    for (const Rule& rule : profile.rules) {
        Step step{&rule, facts.update == nullptr ? "" : shown(facts.update->ref), false, {}};
        if (rule.host != facts.host->name) {
            step.why = "its host is " + rule.host + ", this one is " + facts.host->name;
        } else if (rule.kind != kind) {
            step.why = "it is for " + std::string(called(rule.kind)) + ", this is " + std::string(called(kind));
        } else {
            const Mismatch mismatch = compare(rule, facts);
            step.matched = mismatch == Mismatch::none;
            step.why = why_not(rule, mismatch, facts);
        }
        steps.push_back(std::move(step));
        if (steps.back().matched)
            return;
    }
}

}  // namespace

Explanation explain(const Profile& profile, const HttpRequest& request) {
    Explanation out{decide(profile, request), {}};
    auto facts = http_facts(profile, request);
    if (!facts)
        return out;
    walk(profile, *facts, RuleKind::http, compare_http, out.steps);
    for (const Reading& reading : request.target->others) {
        read_as(*facts, reading);
        walk(profile, *facts, RuleKind::http, compare_http, out.steps);
    }
    return out;
}

Explanation explain(const Profile& profile, const PushRequest& request) {
    Explanation out{decide(profile, request), {}};
    auto facts = git_facts(profile, {request.host, request.port, request.repository});
    if (!facts)
        return out;
    for (const RefUpdate& update : request.updates) {
        facts->update = &update;
        if (!ref_fault(update.ref))
            walk(profile, *facts, RuleKind::git_push, compare_push, out.steps);
    }
    return out;
}

Explanation explain_git_fetch(const Profile& profile, const GitRequest& request) {
    Explanation out{decide_git_fetch(profile, request), {}};
    if (const auto facts = git_facts(profile, request))
        walk(profile, *facts, RuleKind::git_fetch, compare_fetch, out.steps);
    return out;
}

Explanation explain_target(const Profile& profile, const HttpRequest& request, std::span<const RefUpdate> updates) {
    const GitRequest git{request.host, request.port,
                         request.target ? std::string_view(request.target->repository) : ""};
    switch (service_of(request.target)) {
        case GitService::none:
            break;
        case GitService::fetch:
        case GitService::advertise_fetch:
            return explain_git_fetch(profile, git);
        case GitService::advertise_push:
            return {decide_git_advertise(profile, git), {}};
        case GitService::push:
            return explain(profile, PushRequest{git.host, git.port, git.repository, updates});
    }
    return explain(profile, request);
}

}  // namespace anchorhold::profile
