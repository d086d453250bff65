#include "shield/profile/decide.hpp"

#include <algorithm>
#include <vector>

#include "shield/profile/match.hpp"
#include "shield/profile/names.hpp"

namespace anchorhold::profile {
namespace {

// `what` makes the clause that names the request; it costs only where something is refused.
Decision decision_of(const Profile& profile, const Rule* rule, auto&& what) {
    if (rule == nullptr)
        return refuse(profile, "no rule matches " + what());
    switch (rule->verdict) {
        case Verdict::allow:
            return {Verdict::allow, rule, "allowed by rule " + rule->id + " of " + title(profile)};
        case Verdict::ask:
            return {Verdict::ask, rule, "rule " + rule->id + " of " + title(profile) + " asks a person"};
        case Verdict::deny:
            break;
    }
    return refuse(profile, "rule " + rule->id + " denies " + what(), rule);
}

const Rule* first_match(const Profile& profile, const std::vector<Glance>& candidates, const Facts& facts,
                        Mismatch (*compare)(const Rule&, const Facts&)) {
    const bool http = facts.repository.empty();
    const std::uint16_t method = http ? method_bit(facts.method) : Glance::kAnyMethod;
    const std::string_view text = http ? facts.path : facts.repository;
    for (const Glance& glance : candidates) {
        if (!glance.worth_a_look(method, text))
            continue;
        if (const Rule& rule = profile.rules[glance.rule]; compare(rule, facts) == Mismatch::none)
            return &rule;
    }
    return nullptr;
}

std::string shown_repository(const Facts& facts) {
    return shown(facts.repository) + " on " + facts.host->name;
}

std::string named(const Rule* rule) {
    return rule == nullptr ? "no rule" : "rule " + rule->id;
}

bool any_ref_and_update(const Rule& rule) {
    return rule.refs.empty() && rule.updates.empty();
}

}  // namespace

Decision decide(const Profile& profile, const HttpRequest& request) {
    GitTarget target;
    auto facts = http_facts(profile, request, target);
    if (!facts)
        return refuse(profile, facts.error());
    const Rule* rule = first_match(profile, facts->rules->http, *facts, compare_http);
    if (!target.split.empty()) {
        set_path(*facts, target.split);
        if (const Rule* split = first_match(profile, facts->rules->http, *facts, compare_http); split != rule)
            return refuse(profile,
                          "servers read the path's encoded slash (%2f) in two ways, which are judged differently: "
                          "kept as it is, " +
                              named(rule) + " matches; as a slash, " + named(split));
    }
    return decision_of(profile, rule, [&] {
        return shown(request.method) + " " + shown_origin(*facts->host, request.port) + shown(target.path);
    });
}

Decision decide(const Profile& profile, const PushRequest& request) {
    auto facts = git_facts(profile, {request.host, request.port, request.repository});
    if (!facts)
        return refuse(profile, facts.error());
    if (request.updates.empty())
        return refuse(profile, "the push names no ref");

    Decision whole;
    const Rule* first = nullptr;
    for (const RefUpdate& update : request.updates) {
        if (!valid_ref(update.ref))
            return refuse(profile, "no ref may be named \"" + shown(update.ref) + "\"");
        facts->update = &update;
        const Rule* rule = first_match(profile, facts->rules->push, *facts, compare_push);
        Decision one = decision_of(profile, rule, [&] {
            return "the " + std::string(to_text(update.kind)) + " of " + shown(update.ref) + " in " +
                   shown_repository(*facts);
        });
        if (one.verdict == Verdict::deny)
            return one;
        if (first != nullptr && first->credential != rule->credential)
            return refuse(profile, "rules " + first->id + " and " + rule->id +
                                       " place different credentials; push these refs one after the other");
        if (first == nullptr || (whole.verdict == Verdict::allow && one.verdict == Verdict::ask))
            whole = std::move(one);
        if (first == nullptr)
            first = rule;
    }
    return whole;
}

Decision decide_git_fetch(const Profile& profile, const GitRequest& request) {
    const auto facts = git_facts(profile, request);
    if (!facts)
        return refuse(profile, facts.error());
    return decision_of(profile, first_match(profile, facts->rules->fetch, *facts, compare_fetch),
                       [&] { return "the fetch of " + shown_repository(*facts); });
}

Decision decide_git_advertise(const Profile& profile, const GitRequest& request) {
    const auto facts = git_facts(profile, request);
    if (!facts)
        return refuse(profile, facts.error());
    for (const Glance& glance : facts->rules->push) {
        const Rule& rule = profile.rules[glance.rule];
        if (compare_fetch(rule, *facts) != Mismatch::none)
            continue;
        if (rule.verdict != Verdict::deny)
            return {Verdict::allow, &rule, "rule " + rule.id + " of " + title(profile) + " may let a push through"};
        // A rule that denies only some refs leaves the others to the rules below it.
        if (any_ref_and_update(rule))
            return refuse(profile, "rule " + rule.id + " denies every push to " + shown_repository(*facts), &rule);
    }
    return refuse(profile, "no rule matches a push to " + shown_repository(*facts));
}

std::optional<UpdateKind> update_kind(std::string_view old_id, std::string_view new_id) {
    const auto well_formed = [](std::string_view id) {
        return (id.size() == 40 || id.size() == 64) &&
               id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    };
    if (!well_formed(old_id) || !well_formed(new_id) || old_id.size() != new_id.size())
        return std::nullopt;
    const bool from_none = old_id.find_first_not_of('0') == std::string_view::npos;
    const bool to_none = new_id.find_first_not_of('0') == std::string_view::npos;
    if (from_none && to_none)
        return std::nullopt;
    return from_none ? UpdateKind::create : to_none ? UpdateKind::remove : UpdateKind::update;
}

bool valid_ref(std::string_view ref) {
    constexpr std::string_view kRoot = "refs/";
    if (!ref.starts_with(kRoot) || !ref.substr(kRoot.size()).contains('/') || ref.size() > 1024 || !valid_utf8(ref))
        return false;
    if (ref.ends_with('/') || ref.ends_with('.'))
        return false;
    if (ref.contains("..") || ref.contains("//") || ref.contains("@{") || ref.contains("/."))
        return false;
    if (ref.contains(".lock/") || ref.ends_with(".lock"))
        return false;
    return std::ranges::all_of(ref, [](char c) {
        return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && !std::string_view("~^:?*[\\").contains(c);
    });
}

}  // namespace anchorhold::profile
