// The table of kinds as a whole: no row lacks anything, and a row is all that a new kind needs.
#include "shield/action/action.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "shield/action/action_record.hpp"
#include "shield/action/http_members.hpp"
#include "shield/action/testing.hpp"
#include "shield/profile/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::action;

namespace {

// A third kind that only this test knows: a note that is sent to somebody with POST https://api.demo.test/notes.
constexpr std::array<std::string_view, 3> kNoteMembers{"kind", "to", "text"};
constexpr std::array<std::string_view, 1> kNoteLongMembers{"text"};

Result<> check_note(const json::object& facts) {
    if (text_of(facts, "to").empty() || text_of(facts, "text").empty())
        return wrong_member("to", "a note has a text and somebody to send it to");
    return {};
}

profile::Decision decide_note(const json::object&, const profile::Profile& profile) {
    const auto target = profile::read_target("/notes");
    return profile::decide(profile, profile::HttpRequest{"api.demo.test", 443, "POST", target});
}

std::string summarize_note(const json::object& record) {
    return "send a note to " + text_of(record, "to");
}

AuditFields note_audit_fields(const json::object& record) {
    return {.activity_id = 1, .host = "api.demo.test", .resources = {{.type = "note", .name = text_of(record, "to")}}};
}

constexpr Kind kNoteSend{.name = "test.note",
                         .members = kNoteMembers,
                         .check = check_note,
                         .decide = decide_note,
                         .summary = summarize_note,
                         .audit_fields = note_audit_fields,
                         .long_members = kNoteLongMembers,
                         .too_long_advice = "send a shorter note",
                         .rule_kind = profile::RuleKind::http,
                         .lends_before_approval = false};
constexpr std::array kWithNotes{&kNoteSend};

}  // namespace

TEST_CASE("each row says all that the shield asks of a kind") {
    REQUIRE_FALSE(action_table().empty());
    std::set<std::string_view> names;
    for (const Kind* kind : action_table()) {
        REQUIRE(kind != nullptr);
        INFO(kind->name);
        CHECK(names.insert(kind->name).second);
        CHECK(std::ranges::count(kind->name, '.') == 1);
        CHECK(kind->check != nullptr);
        CHECK(kind->decide != nullptr);
        CHECK(kind->summary != nullptr);
        CHECK(kind->audit_fields != nullptr);
        CHECK_FALSE(kind->too_long_advice.empty());
        const std::set<std::string_view> members(kind->members.begin(), kind->members.end());
        CHECK(members.size() == kind->members.size());
        CHECK(members.contains("kind"));
        for (const char* added_by_gate :
             {"v", "workstation", "agent", "credential", "rule", "profile", "nonce", "requested", "expires"})
            CHECK_FALSE(members.contains(added_by_gate));
        for (const auto long_member : kind->long_members)
            CHECK((members.contains(long_member) && long_member != "kind"));
        CHECK(std::set{1, 2, 3, 4, 99}.contains(kind->audit_fields({}).activity_id));

        // The right members do not make the right values.
        json::object facts;
        for (const auto member : kind->members)
            facts[member] = nullptr;
        facts["kind"] = kind->name;
        CHECK(kind_of(facts) == kind);
        CHECK_FALSE(check_facts(facts));
    }
    CHECK(check_facts(push_facts()));
    CHECK(check_facts(request_facts("", "")));
}

TEST_CASE("an unknown kind is refused, and the refusal names the kinds that there are") {
    for (const auto& facts : {with(push_facts(), "kind", "sql.query"), with(push_facts(), "kind", 7), json::object{}}) {
        const auto checked = check_facts(facts);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().object == "kind");
        CHECK(checked.error().detail.starts_with("it is none of git.push, http.request"));
        for (const Kind* kind : action_table())
            CHECK(checked.error().detail.contains(kind->name));
        CHECK_FALSE(asking_rule(facts, "app-push", profile::demo()));
        CHECK(summary(facts) == "an act of no known kind");
        CHECK(audit_fields(facts).activity_id == 99);
    }
}

TEST_CASE("which kinds take the credential before a person is asked") {
    CHECK(lends_before_approval(profile::RuleKind::git_push));
    CHECK_FALSE(lends_before_approval(profile::RuleKind::http));
    CHECK_FALSE(lends_before_approval(profile::RuleKind::git_fetch));
}

TEST_CASE("a new kind goes from facts to record and log by its row alone") {
    const json::object facts{{"kind", "test.note"}, {"to", "ada"}, {"text", "lunch at noon"}};
    REQUIRE(check_facts(facts, kWithNotes));
    CHECK_FALSE(check_facts(facts));
    CHECK_FALSE(check_facts(with(facts, "text", ""), kWithNotes));
    CHECK_FALSE(check_facts(with(facts, "more", ""), kWithNotes));

    const auto profile = profile::demo();
    const auto rule = asking_rule(facts, "api-write", profile, kWithNotes);
    REQUIRE(rule);
    CHECK((*rule)->id == "api-write");
    CHECK_FALSE(asking_rule(facts, "app-push", profile, kWithNotes));

    Binding binding;
    binding.rule = (*rule)->id;
    const auto record = make_record(facts, binding, kWithNotes);
    REQUIRE(record);
    CHECK(record->canonical.contains(R"("kind":"test.note")"));
    CHECK(make_record(with(facts, "text", std::string(kMaxRecord, 'x').c_str()), {}, kWithNotes)
              .error()
              .detail.ends_with("send a shorter note"));

    CHECK(summary(record->object, kWithNotes) == "send a note to ada");
    const auto fields = audit_fields(record->object, kWithNotes);
    CHECK(fields.activity_id == 1);
    CHECK(fields.resources.front().name == "ada");
    const auto kept = without_long_members(record->object, kWithNotes);
    CHECK(kept.size() == record->object.size() - 1);
    CHECK_FALSE(kept.contains("text"));
}
