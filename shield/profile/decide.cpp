#include "shield/profile/decide.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "shield/profile/match.hpp"

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

Verdict verdict_of(const Rule* rule) {
    return rule == nullptr ? Verdict::deny : rule->verdict;
}

// What a request with two readings is judged by, the stricter of their rules; nothing where both cannot be honoured.
std::optional<const Rule*> stricter(const Rule* one, const Rule* other) {
    const Verdict first = verdict_of(one);
    const Verdict second = verdict_of(other);
    if (one == other || (first == Verdict::deny && second == Verdict::deny))
        return one;
    if (first == Verdict::deny || second == Verdict::deny)
        return std::nullopt;
    if (first != second)
        return first == Verdict::ask ? one : other;
    if (one->credential != other->credential)
        return std::nullopt;
    return one;
}

std::string judged(std::string_view path, std::string_view how, const Rule* rule) {
    return shown(path) + " (" + std::string(how.empty() ? "as it is written" : how) + ") by " +
           (rule == nullptr ? "no rule" : "rule " + rule->id);
}

bool any_ref_and_update(const Rule& rule) {
    return rule.refs.empty() && rule.updates.empty();
}

}  // namespace

Decision decide(const Profile& profile, const HttpRequest& request) {
    auto facts = http_facts(profile, request);
    if (!facts)
        return refuse(profile, facts.error());
    const Rule* rule = first_match(profile, facts->rules->http, *facts, compare_http);
    const Reading written{request.target->path, {}, {}};
    const Reading* strictest = &written;
    for (const Reading& reading : request.target->others) {
        read_as(*facts, reading);
        const Rule* other = first_match(profile, facts->rules->http, *facts, compare_http);
        const auto both = stricter(rule, other);
        if (!both)
            return refuse(profile,
                          "servers read this path in more than one way, and these readings are judged differently: " +
                              judged(strictest->path, strictest->how, rule) + ", " +
                              judged(reading.path, reading.how, other),
                          verdict_of(rule) == Verdict::deny    ? rule
                          : verdict_of(other) == Verdict::deny ? other
                                                               : nullptr);
        if (*both != rule)
            strictest = &reading;
        rule = *both;
    }
    return decision_of(profile, rule, [&] {
        return shown(request.method) + " " + shown_origin(*facts->host, request.port) + shown(request.target->path);
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
        if (const auto fault = ref_fault(update.ref))
            return refuse(profile, "ref \"" + shown(update.ref) + "\" " + *fault);
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

}  // namespace anchorhold::profile
