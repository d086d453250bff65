#include "shield/gate/why.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "shield/profile/explain.hpp"
#include "shield/profile/request_path.hpp"

namespace anchorhold::gate {
namespace {

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

BusWhy in_words(const profile::Decision& decision, const std::vector<profile::Step>& steps) {
    BusWhy answer{.verdict = std::string(profile::to_text(decision.verdict)),
                  .rule = decision.rule == nullptr ? "" : decision.rule->id,
                  .reason = decision.reason};
    if (answer.reason.empty() && decision.rule != nullptr)
        answer.reason = decision.verdict == profile::Verdict::ask
                            ? "rule " + decision.rule->id + ": a person is asked each time"
                            : "rule " + decision.rule->id;
    std::size_t told = 0;
    for (const auto& step : steps) {
        if (step.matched || step.rule == nullptr)
            continue;
        if (++told > kMostSteps)
            break;
        answer.reason += "\nnot rule " + step.rule->id + ": " + step.why;
    }
    return answer;
}

BusWhy why_http(const profile::Profile& profile, std::string_view method, const Url& url,
                const profile::ReadTarget& target) {
    const auto explained = profile::explain(profile, profile::HttpRequest{url.host, url.port, method, target});
    return in_words(explained.decision, explained.steps);
}

BusWhy why_fetch(const profile::Profile& profile, const Url& url, std::string_view repository) {
    const auto explained = profile::explain_git_fetch(profile, {url.host, url.port, repository});
    return in_words(explained.decision, explained.steps);
}

BusWhy why_push(const profile::Profile& profile, const Url& url, std::string_view repository) {
    const profile::RefUpdate update{url.fragment.empty() ? "refs/heads/main" : url.fragment,
                                    profile::UpdateKind::update};
    const auto explained =
        profile::explain(profile, profile::PushRequest{url.host, url.port, repository, {&update, 1}});
    auto answer = in_words(explained.decision, explained.steps);
    answer.reason += "\n(judged as an update of " + std::string(update.ref) + ")";
    return answer;
}

}  // namespace

BusWhy why(const Policy& policy, std::string_view method, std::string_view text) {
    const auto url = parse_url(text);
    if (!url)
        return deny("not a URL that can be judged: write https://host/path");
    if (!policy.accepted)
        return deny("no profile is in force, so nothing may leave: " + policy.reason);
    const auto& profile = policy.accepted->profile;
    const bool by_name = method == "push" || method == "fetch" || method == "clone";
    if (by_name) {
        std::string path = url->target.substr(1);
        if (path.ends_with('/'))
            path.pop_back();
        if (path.ends_with(".git"))
            path.resize(path.size() - 4);
        if (!profile::valid_repository(path))
            return deny("not the URL of a repository: write https://host/owner/name.git");
        return method == "push" ? why_push(profile, *url, path) : why_fetch(profile, *url, path);
    }
    const auto target = profile::read_target(url->target);
    switch (service_of(target)) {
        case profile::GitService::none:
            return why_http(profile, method, *url, target);
        case profile::GitService::fetch:
        case profile::GitService::advertise_fetch:
            return why_fetch(profile, *url, target->repository);
        case profile::GitService::push:
            return why_push(profile, *url, target->repository);
        case profile::GitService::advertise_push:
            return in_words(profile::decide_git_advertise(profile, {url->host, url->port, target->repository}), {});
    }
    return deny("not understood");
}

}  // namespace anchorhold::gate
