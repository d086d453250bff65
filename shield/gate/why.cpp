#include "shield/gate/why.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "shield/profile/explain.hpp"

namespace anchorhold::gate {
namespace {

using profile::GitService;

constexpr std::size_t kLongest = 8UL * 1024;
constexpr std::size_t kMostSteps = 40;

struct Url {
    std::string_view host;
    std::uint16_t port = 443;
    std::string target;
    std::string_view fragment;
};

BusWhy deny(std::string reason) {
    return {.verdict = "deny", .rule = {}, .reason = std::move(reason)};
}

// Nothing for what is no absolute http or https URL with a plain authority.
std::optional<Url> parse_url(std::string_view text) {
    Url url;
    if (text.size() > kLongest)
        return std::nullopt;
    if (text.starts_with("https://")) {
        text.remove_prefix(8);
    } else if (text.starts_with("http://")) {
        text.remove_prefix(7);
        url.port = 80;
    } else {
        return std::nullopt;
    }
    if (const auto hash = text.find('#'); hash != std::string_view::npos) {
        url.fragment = text.substr(hash + 1);
        text = text.substr(0, hash);
    }
    const auto end = std::min(text.find_first_of("/?"), text.size());
    url.host = text.substr(0, end);
    url.target = text.substr(end);
    if (!url.target.starts_with('/'))
        url.target.insert(0, "/");
    if (const auto colon = url.host.find(':'); colon != std::string_view::npos) {
        const std::string_view port = url.host.substr(colon + 1);
        const auto [stop, problem] = std::from_chars(port.data(), port.data() + port.size(), url.port);
        if (problem != std::errc() || stop != port.data() + port.size() || url.port == 0)
            return std::nullopt;
        url.host = url.host.substr(0, colon);
    }
    if (url.host.empty() || url.host.contains('@') || url.host.contains('['))
        return std::nullopt;
    return url;
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
        if (++told > kMostSteps)
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
    return profile::Target{.service = service, .path = {}, .split = {}, .repository = std::string(path)};
}

}  // namespace

BusWhy why(const Policy& policy, std::string_view method, std::string_view text) {
    const auto url = parse_url(text);
    if (!url)
        return deny("not a URL that can be judged: write https://host/path");
    if (!policy.accepted)
        return deny("no profile is in force, so nothing may leave: " + policy.reason);
    const bool fetch = method == "fetch" || method == "clone";
    const bool by_name = fetch || method == "push";
    const auto target = by_name ? git_target(fetch ? GitService::fetch : GitService::push, url->target)
                                : profile::read_target(url->target);
    if (by_name && !target)
        return deny(target.error());
    const profile::RefUpdate update{url->fragment.empty() ? "refs/heads/main" : url->fragment,
                                    profile::UpdateKind::update};
    auto answer = in_words(
        profile::explain_target(policy.accepted->profile, {url->host, url->port, method, target}, {&update, 1}));
    if (service_of(target) == GitService::push)
        answer.reason += "\n(judged as an update of " + std::string(update.ref) + ")";
    return answer;
}

}  // namespace anchorhold::gate
