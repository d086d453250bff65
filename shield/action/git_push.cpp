#include "shield/action/git_push.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "base/utf8.hpp"
#include "shield/action/http_members.hpp"
#include "shield/profile/request_path.hpp"

namespace anchorhold::action {
namespace {

constexpr std::size_t kMaxCommitsShown = 20;
constexpr std::size_t kMaxLine = 200;  // bytes of a commit's subject or author

constexpr std::array<std::string_view, 14> kMembers{"kind",        "host",       "port",    "method",       "url",
                                                    "body_sha256", "body_bytes", "headers", "repository",   "updates",
                                                    "commits",     "trees",      "blobs",   "commits_shown"};
constexpr std::array<std::string_view, 2> kLongMembers{"headers", "commits_shown"};

Result<> check_update(const json::value& value) {
    if (!value.is_object())
        return wrong_member("updates", "an update is not an object");
    const auto& update = value.get_object();
    const auto ref = text_member(update, "ref");
    const auto old_id = text_member(update, "old");
    const auto new_id = text_member(update, "new");
    const auto kind = text_member(update, "kind");
    if (!ref || !old_id || !new_id || !kind || profile::ref_fault(*ref))
        return wrong_member("updates", "an update's ref, old, new or kind is malformed");
    const auto real = profile::update_kind(*old_id, *new_id);
    if (!real || profile::to_text(*real) != *kind)
        return wrong_member("updates", "an update's kind is not what its object ids say");
    const json::value* const forward = update.if_contains("fast_forward");
    const bool moves = *real == profile::UpdateKind::update;
    if (update.size() != (moves ? 5U : 4U) ||
        (moves && (forward == nullptr || !(forward->is_bool() || forward->is_null()))))
        return wrong_member("updates", "an update has other members, or does not say whether it is a fast-forward");
    return {};
}

// A line of a commit, or null where it is no text.
bool is_line(const json::value* value) {
    if (value == nullptr || !value->is_string())
        return value != nullptr && value->is_null();
    const std::string_view line = value->get_string();
    return line.size() <= kMaxLine && text_utf8(line) && !line.contains('\n');
}

bool is_commit(const json::value& value) {
    if (!value.is_object() || value.get_object().size() != 3)
        return false;
    const auto& commit = value.get_object();
    const auto id = from_hex(text_member(commit, "id").value_or(""));
    return id && (id->size() == 20 || id->size() == 32) && is_line(commit.if_contains("subject")) &&
           is_line(commit.if_contains("author"));
}

Result<> check(const json::object& facts) {
    if (auto ok = check_http_members(facts); !ok)
        return ok;
    const auto repository = text_member(facts, "repository");
    const auto updates = array_member(facts, "updates");
    if (!repository || !profile::valid_repository(*repository))
        return wrong_member("repository", "it is not the name of a repository");
    if (!updates || (*updates)->empty())
        return wrong_member("updates", "the push updates nothing");
    for (const auto& update : **updates) {
        if (auto ok = check_update(update); !ok)
            return ok;
    }
    for (const char* counted : {"commits", "trees", "blobs"})
        if (!facts.at(counted).is_null() && integer_member(facts, counted).value_or(-1) < 0)
            return wrong_member(counted, "it is neither a count nor null");
    const auto shown = array_member(facts, "commits_shown");
    if (!shown || (*shown)->size() > kMaxCommitsShown || !std::ranges::all_of(**shown, is_commit))
        return wrong_member("commits_shown", "they are not at most 20 of id, subject and author");
    return {};
}

profile::Decision decide(const json::object& facts, const profile::Profile& profile) {
    const auto request = http_members(facts);
    const auto repository = text_member(facts, "repository").value_or("");
    const auto git = profile::read_target(request.target);
    if (!git || git->service != profile::GitService::push || git->repository != repository || request.method != "POST")
        return {.reason = "its URL is not that of a push to " + std::string(repository)};
    std::vector<profile::RefUpdate> updates;
    for (const auto& value : *array_member(facts, "updates").value()) {
        const auto& update = value.get_object();
        const auto kind =
            profile::update_kind(text_member(update, "old").value_or(""), text_member(update, "new").value_or(""));
        if (!kind)
            return {.reason = "an update changes nothing"};
        updates.push_back({.ref = text_member(update, "ref").value_or(""), .kind = *kind});
    }
    return profile::decide(profile, profile::PushRequest{request.host, request.port, repository, updates});
}

// A text of an update; "" where there is none.
std::string text_of_update(const json::value& update, std::string_view name) {
    return update.is_object() ? text_of(update.get_object(), name) : std::string();
}

std::string summarize(const json::object& record) {
    std::string text = "push " + text_of(record, "repository");
    const auto updates = array_member(record, "updates");
    if (!updates || (*updates)->empty())
        return text;
    text += " " + text_of_update((*updates)->front(), "ref");
    if ((*updates)->size() > 1)
        text += " and " + std::to_string((*updates)->size() - 1) + " more";
    return text;
}

AuditFields audit_fields_of(const json::object& record) {
    constexpr int kUpdate = 3;  // OCSF's activity_id of an act that updates
    auto fields = http_audit_fields(record);
    fields.activity_id = kUpdate;
    fields.resources.push_back({.type = "repository", .name = text_of(record, "repository")});
    const auto updates = array_member(record, "updates");
    if (!updates)
        return fields;
    for (const auto& update : **updates)
        fields.resources.push_back({.type = "ref",
                                    .name = text_of_update(update, "ref"),
                                    .uid = text_of_update(update, "old") + ".." + text_of_update(update, "new"),
                                    .change = text_of_update(update, "kind")});
    return fields;
}

}  // namespace

constinit const Kind kGitPush{
    .name = "git.push",
    .members = kMembers,
    .check = check,
    .decide = decide,
    .summary = summarize,
    .audit_fields = audit_fields_of,
    .long_members = kLongMembers,
    .too_long_advice = "push fewer refs at once",
    .rule_kind = profile::RuleKind::git_push,
    .lends_before_approval = true,  // the server's list of refs, which git asks for before it pushes, takes it too
};

}  // namespace anchorhold::action
