#include <expected>
#include <iomanip>

#include "shield/cli/anchorhold_command.hpp"
#include "shield/message/canonical_json.hpp"
#include "shield/profile/explain.hpp"
#include "shield/profile/url.hpp"

namespace anchorhold::cli {
namespace {

using profile::Explanation;

std::expected<Explanation, std::string> explain_url(const profile::Profile& profile, const profile::Url& url,
                                                    std::string_view method) {
    const auto target = profile::read_target(url.target);
    if (service_of(target) == profile::GitService::push)
        return std::unexpected(
            "a push is judged by its refs: anchorhold profile explain FILE push HOST REPOSITORY REF OLD NEW");
    return profile::explain_target(profile, {url.host, url.port, method, target}, {});
}

// 0 is none, as long as the other id is.
std::string whole_id(const std::string& id, const std::string& other) {
    return id == "0" ? std::string(other.size() == 64 ? 64 : 40, '0') : id;
}

std::expected<Explanation, std::string> explain_push(const profile::Profile& profile,
                                                     const std::vector<std::string>& words) {
    if (words.size() != 7)
        return std::unexpected("a push takes: FILE push HOST REPOSITORY REF OLD NEW");
    const auto kind = profile::update_kind(whole_id(words[5], words[6]), whole_id(words[6], words[5]));
    if (!kind)
        return std::unexpected("OLD and NEW must be object ids of 40 or 64 lower-case hex digits, or one of them 0");
    const profile::RefUpdate update{words[4], *kind};
    return profile::explain(profile, profile::PushRequest{words[2], 443, words[3], {&update, 1}});
}

json::object as_json(const Explanation& explained) {
    json::array steps;
    for (const profile::Step& step : explained.steps)
        steps.push_back(json::object{
            {"rule", step.rule->id}, {"line", step.rule->at.line}, {"matched", step.matched}, {"why", step.why}});
    json::object out{{"verdict", to_text(explained.decision.verdict)},
                     {"reason", explained.decision.reason},
                     {"steps", std::move(steps)}};
    if (const profile::Rule* rule = explained.decision.rule; rule != nullptr) {
        out["rule"] = rule->id;
        if (!rule->credential.empty())
            out["credential"] = rule->credential;
    }
    return out;
}

void print_text(const Explanation& explained, std::ostream& out) {
    out << to_text(explained.decision.verdict) << ": " << explained.decision.reason << '\n';
    for (const profile::Step& step : explained.steps) {
        out << "  line " << std::left << std::setw(5) << step.rule->at.line << (step.matched ? "* " : "  ")
            << std::setw(20) << step.rule->id << ' ' << step.why;
        if (step.matched && !step.rule->credential.empty())
            out << "; credential " << step.rule->credential;
        if (step.matched && step.rule->verdict == profile::Verdict::ask)
            out << "; a person has " << step.rule->expires_in.count() << " s";
        out << '\n';
    }
}

}  // namespace

int explain_profile(Invocation& given) {
    const std::string& file = given.arguments[0];
    const auto text = read_file(file, kMaxFile);
    if (!text) {
        given.err << "anchorhold: " << text.error().text() << '\n';
        return kUsage;
    }
    const auto profile = profile::parse(*text);
    if (!profile) {
        given.err << "anchorhold: " << file << ": " << profile.error().text() << "\n  see anchorhold profile check "
                  << file << '\n';
        return kBad;
    }
    std::expected<Explanation, std::string> explained;
    if (given.arguments[1] == "push") {
        explained = explain_push(*profile, given.arguments);
    } else if (const auto url = profile::read_url(given.arguments[2]); !url) {
        explained = std::unexpected("the URL " + url.error());
    } else {
        explained = explain_url(*profile, *url, given.arguments[1]);
    }
    if (!explained) {
        given.err << "anchorhold: " << explained.error() << '\n';
        return kUsage;
    }
    if (given.json)
        given.out << json::serialize(as_json(*explained)) << '\n';
    else
        print_text(*explained, given.out);
    return kGood;
}

}  // namespace anchorhold::cli
