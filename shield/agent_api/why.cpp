#include "shield/agent_api/why.hpp"

#include <string>

#include "shield/profile/explain.hpp"
#include "shield/profile/url.hpp"

namespace anchorhold::agent_api {
namespace {

using profile::GitService;

constexpr std::size_t kMaxSteps = 40;

BusWhy deny(std::string reason) {
    return {.verdict = "deny", .rule = {}, .reason = std::move(reason)};
}

BusWhy in_words(const profile::Explanation& explained) {
    const profile::Decision& decision = explained.decision;
    BusWhy answer{.verdict = std::string(profile::to_text(decision.verdict)),
                  .rule = decision.rule == nullptr ? "" : decision.rule->id,
                  .reason = decision.reason};
    if (answer.reason.empty() && decision.rule != nullptr)
        answer.reason = decision.verdict == profile::Verdict::ask
                            ? "rule " + decision.rule->id + ": a person is asked each time"
                            : "rule " + decision.rule->id;
    std::size_t told = 0;
    for (const auto& step : explained.steps) {
        if (step.matched || step.rule == nullptr)
            continue;
        if (++told > kMaxSteps)
            break;
        answer.reason += "\nnot rule " + step.rule->id + ": " + step.why;
    }
    return answer;
}

// What git would ask of the repository of this URL.
profile::ReadTarget git_target(profile::GitService service, std::string_view path) {
    path.remove_prefix(1);
    if (path.ends_with('/'))
        path.remove_suffix(1);
    if (path.ends_with(".git"))
        path.remove_suffix(4);
    if (!profile::valid_repository(path))
        return std::unexpected("not the URL of a repository: write https://host/owner/name.git");
    return profile::Target{.service = service, .path = {}, .others = {}, .repository = std::string(path)};
}

}  // namespace

BusWhy why(const Policy& policy, std::string_view method, std::string_view text) {
    const auto url = profile::read_url(text);
    if (!url)
        return deny("not a URL that can be judged: it " + url.error() + "; write https://host/path");
    if (!policy.profile)
        return deny("no profile is in force, so nothing may leave: " + policy.why_none);
    const bool fetch = method == "fetch" || method == "clone";
    const bool by_name = fetch || method == "push";
    const auto target = by_name ? git_target(fetch ? GitService::fetch : GitService::push, url->target)
                                : profile::read_target(url->target);
    if (by_name && !target)
        return deny(target.error());
    const std::string_view ref = url->fragment;
    const profile::RefUpdate update{ref.empty() ? "refs/heads/main" : ref, profile::UpdateKind::update};
    auto answer =
        in_words(profile::explain_target(*policy.profile, {url->host, url->port, method, target}, {&update, 1}));
    if (service_of(target) == GitService::push)
        answer.reason += "\n(judged as an update of " + std::string(update.ref) + ")";
    return answer;
}

}  // namespace anchorhold::agent_api
