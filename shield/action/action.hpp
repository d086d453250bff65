// The kinds of act that a person can be asked about, as rows of one table (action_table.cpp). A row says all that the
// shield must know of its kind: gate, the audit log and `hold status` look it up and name no kind themselves.
// A new kind is a file of this directory, a row of the table, and a module of the console's page. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shield/message/canonical_json.hpp"
#include "shield/profile/decide.hpp"
#include "shield/profile/profile.hpp"

namespace anchorhold::action {

// Something that the act changes, as an element of `resources` in the audit event.
struct Resource {
    std::string type = {};    // "repository", "ref"
    std::string name = {};    // "refs/heads/main"
    std::string uid = {};     // "old..new"; may be empty
    std::string change = {};  // "create", "update", "delete"; may be empty
};

// What an event of the audit log says of the act, besides its kind (OCSF 1.9.0, API Activity, class 6003).
struct AuditFields {
    int activity_id = 99;  // 1 create, 2 read, 3 update, 4 delete, 99 other: then activity_name is the kind
    std::string host = {};
    std::uint16_t port = 0;
    std::string body_sha256 = {};  // hex; may be empty
    std::uint64_t body_bytes = 0;
    std::vector<Resource> resources = {};
};

// One row. "Facts" are what egress says of the act, "record" is what gate makes of them (action_record.hpp). Every
// function but `check` is called with facts, or a record of facts, that `check` has taken.
struct Kind {
    std::string_view name;                      // `kind` in facts and record: "git.push"
    std::span<const std::string_view> members;  // the facts have exactly these, `kind` included
    // Whether the values of the members are well-formed and fit together; all members are there. The detail of the
    // error is a clause for a person.
    Result<> (*check)(const json::object& facts);
    // What the profile says of the act.
    profile::Decision (*decide)(const json::object& facts, const profile::Profile& profile);
    // "push acme/app refs/heads/main", of any length. Members that are not of their kind are left out.
    std::string (*summary)(const json::object& record);
    AuditFields (*audit_fields)(const json::object& record);
    std::span<const std::string_view> long_members;  // these are left out where decided acts are remembered
    std::string_view too_long_advice;                // what the agent may do when the record is too long
    profile::RuleKind rule_kind;                     // the rules of the profile that decide about it
    // Whether a rule that asks lends its credential before anybody is asked, because the protocol itself needs it
    // there.
    bool lends_before_approval;
};

using Table = std::span<const Kind* const>;

// Every kind that there is; the rows live as long as the program.
[[nodiscard]] Table action_table();

// The kind of facts or of a record; null where the table has none of that name.
[[nodiscard]] const Kind* kind_of(const json::object& facts, Table table = action_table());

// The facts are of a known kind, have exactly its members (so none that gate adds itself), and are well-formed. Egress'
// reading of the bytes is trusted, its judgement is not. The error's detail is a clause for a person.
[[nodiscard]] Result<> check_facts(const json::object& facts, Table table = action_table());

// The rule of that id, when the profile asks about these facts and by that rule. `facts` have been checked.
[[nodiscard]] Result<const profile::Rule*> asking_rule(const json::object& facts, std::string_view rule,
                                                       const profile::Profile& profile, Table table = action_table());

// "push acme/app refs/heads/main", "POST https://…": for lists and logs, at most 200 bytes and "…".
[[nodiscard]] std::string summary(const json::object& record, Table table = action_table());

// What the audit log says of the act; the defaults where the kind is unknown.
[[nodiscard]] AuditFields audit_fields(const json::object& record, Table table = action_table());

// The record without its long members: enough to recognise a decided act.
[[nodiscard]] json::object without_long_members(json::object record, Table table = action_table());

// Whether some kind that rules of this kind decide about takes its credential before a person is asked.
[[nodiscard]] bool lends_before_approval(profile::RuleKind rule_kind, Table table = action_table());

// For a kind's `check`: a member is wrong.
[[nodiscard]] std::unexpected<Error> wrong_member(std::string_view member, std::string_view detail);

}  // namespace anchorhold::action
