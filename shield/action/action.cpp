#include "shield/action/action.hpp"

#include <algorithm>

namespace anchorhold::action {
namespace {

std::string names_of(Table table) {
    std::string names;
    for (const Kind* kind : table)
        names.append(names.empty() ? "" : ", ").append(kind->name);
    return names;
}

}  // namespace

std::unexpected<Error> wrong_member(std::string_view member, std::string_view detail) {
    return fail("read action", member, 0, detail);
}

const Kind* kind_of(const json::object& facts, Table table) {
    const auto name = text_member(facts, "kind");
    if (!name)
        return nullptr;
    const auto found = std::ranges::find(table, *name, &Kind::name);
    return found == table.end() ? nullptr : *found;
}

Result<> check_facts(const json::object& facts, Table table) {
    const Kind* const kind = kind_of(facts, table);
    if (kind == nullptr)
        return wrong_member("kind", "it is none of " + names_of(table));
    if (facts.size() != kind->members.size() ||
        !std::ranges::all_of(kind->members, [&](std::string_view name) { return facts.contains(name); }))
        return wrong_member("", "its members are not exactly those of " + std::string(kind->name));
    return kind->check(facts);
}

Result<const profile::Rule*> asking_rule(const json::object& facts, std::string_view rule,
                                         const profile::Profile& profile, Table table) {
    const Kind* const kind = kind_of(facts, table);
    if (kind == nullptr)
        return fail("judge action", rule, 0, "it is of no known kind");
    const auto decision = kind->decide(facts, profile);
    if (decision.rule == nullptr || decision.verdict == profile::Verdict::deny)
        return fail("judge action", rule, 0, decision.reason);
    if (decision.verdict != profile::Verdict::ask || decision.rule->id != rule)
        return fail(
            "judge action", rule, 0,
            profile::title(profile) + " judges it by rule " + decision.rule->id + ", not by " + std::string(rule));
    return decision.rule;
}

std::string summary(const json::object& record, Table table) {
    constexpr std::size_t kMaxSummary = 200;
    const Kind* const kind = kind_of(record, table);
    std::string text = kind == nullptr ? "an act of no known kind" : kind->summary(record);
    if (text.size() <= kMaxSummary)
        return text;
    std::size_t end = kMaxSummary;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;
    return text.substr(0, end) + "…";
}

AuditFields audit_fields(const json::object& record, Table table) {
    const Kind* const kind = kind_of(record, table);
    return kind == nullptr ? AuditFields{} : kind->audit_fields(record);
}

json::object without_long_members(json::object record, Table table) {
    if (const Kind* const kind = kind_of(record, table); kind != nullptr)
        for (const std::string_view name : kind->long_members)
            record.erase(name);
    return record;
}

bool lends_before_approval(profile::RuleKind rule_kind, Table table) {
    return std::ranges::any_of(
        table, [&](const Kind* kind) { return kind->rule_kind == rule_kind && kind->lends_before_approval; });
}

}  // namespace anchorhold::action
