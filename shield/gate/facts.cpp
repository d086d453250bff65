#include "shield/gate/facts.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/encoding.hpp"
#include "base/utf8.hpp"
#include "shield/message/digest.hpp"
#include "shield/profile/decide.hpp"
#include "shield/profile/request_path.hpp"

namespace anchorhold::gate {
namespace {

constexpr std::size_t kMaxUrl = 8UL * 1024;
constexpr std::size_t kMaxText = 8UL * 1024;  // of a body

constexpr std::array<std::string_view, 9> kPlain{"kind",        "host",       "port",      "method", "url",
                                                 "body_sha256", "body_bytes", "body_text", "headers"};
constexpr std::array<std::string_view, 14> kPush{"kind",        "host",       "port",    "method",       "url",
                                                 "body_sha256", "body_bytes", "headers", "repository",   "updates",
                                                 "commits",     "trees",      "blobs",   "commits_shown"};
constexpr std::size_t kMaxCommitsShown = 20;
constexpr std::size_t kMaxLine = 200;  // of a commit

std::unexpected<Error> wrong(std::string_view member, std::string_view detail) {
    return fail("read action", member, 0, detail);
}

bool is_digest(std::string_view text) {
    const auto bytes = from_hex(text);
    return bytes && bytes->size() == 32;
}

bool is_visible(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

// The part of the URL from the path on; empty when it is not this host and port.
std::string_view target_of(std::string_view url, std::string_view host, std::int64_t port) {
    for (const auto& [scheme, standard] : {std::pair{"https://", 443}, std::pair{"http://", 80}}) {
        std::string_view rest = url;
        if (!rest.starts_with(scheme))
            continue;
        rest.remove_prefix(std::string_view(scheme).size());
        const std::string authority = std::string(host) + (port == standard ? "" : ":" + std::to_string(port));
        if (rest.starts_with(authority) && rest.substr(authority.size()).starts_with('/'))
            return rest.substr(authority.size());
    }
    return {};
}

Result<> check_update(const json::value& value) {
    if (!value.is_object())
        return wrong("updates", "an update is not an object");
    const auto& update = value.get_object();
    const auto ref = text_member(update, "ref");
    const auto old_id = text_member(update, "old");
    const auto new_id = text_member(update, "new");
    const auto kind = text_member(update, "kind");
    if (!ref || !old_id || !new_id || !kind || profile::ref_fault(*ref))
        return wrong("updates", "an update's ref, old, new or kind is malformed");
    const auto real = profile::update_kind(*old_id, *new_id);
    if (!real || profile::to_text(*real) != *kind)
        return wrong("updates", "an update's kind is not what its object ids say");
    const json::value* const forward = update.if_contains("fast_forward");
    const bool moves = *real == profile::UpdateKind::update;
    if (update.size() != (moves ? 5U : 4U) ||
        (moves && (forward == nullptr || !(forward->is_bool() || forward->is_null()))))
        return wrong("updates", "an update has other members, or does not say whether it is a fast-forward");
    return {};
}

bool is_header(const json::value& value) {
    if (!value.is_object() || value.get_object().size() != 2)
        return false;
    const auto name = text_member(value.get_object(), "name");
    const auto content = text_member(value.get_object(), "value");
    return name && content && is_visible(*name) &&
           std::ranges::none_of(*name, [](char c) { return c >= 'A' && c <= 'Z'; }) &&
           std::ranges::all_of(*content, [](char c) { return c >= ' ' && c <= '~'; });
}

Result<> check_headers(const json::object& facts) {
    const auto headers = array_member(facts, "headers");
    if (!headers || !std::ranges::all_of(**headers, is_header))
        return wrong("headers", "they are not a list of name and value");
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

// The text that is shown is the body that is sent, whole; null where it cannot be shown.
Result<> check_text(const json::object& facts) {
    const auto& text = facts.at("body_text");
    if (text.is_null())
        return {};
    const std::string_view body = text.is_string() ? std::string_view(text.get_string()) : std::string_view();
    if (!text.is_string() || body.size() > kMaxText || !text_utf8(body) ||
        integer_member(facts, "body_bytes").value_or(-1) != static_cast<std::int64_t>(body.size()) ||
        text_member(facts, "body_sha256").value_or("") != to_hex(sha256(body)))
        return wrong("body_text", "it is not the body's text");
    return {};
}

Result<> check_push(const json::object& facts) {
    const auto repository = text_member(facts, "repository");
    const auto updates = array_member(facts, "updates");
    if (!repository || !profile::valid_repository(*repository))
        return wrong("repository", "it is not the name of a repository");
    if (!updates || (*updates)->empty())
        return wrong("updates", "the push updates nothing");
    for (const auto& update : **updates) {
        if (auto ok = check_update(update); !ok)
            return ok;
    }
    for (const char* counted : {"commits", "trees", "blobs"})
        if (!facts.at(counted).is_null() && integer_member(facts, counted).value_or(-1) < 0)
            return wrong(counted, "it is neither a count nor null");
    const auto shown = array_member(facts, "commits_shown");
    if (!shown || (*shown)->size() > kMaxCommitsShown || !std::ranges::all_of(**shown, is_commit))
        return wrong("commits_shown", "they are not at most 20 of id, subject and author");
    return {};
}

profile::Decision decide_push(const json::object& facts, const profile::Profile& profile, std::string_view host,
                              std::uint16_t port, std::string_view target) {
    const auto repository = text_member(facts, "repository").value_or("");
    const auto git = profile::read_target(target);
    if (!git || git->service != profile::GitService::push || git->repository != repository ||
        text_member(facts, "method") != "POST")
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
    return profile::decide(profile, profile::PushRequest{host, port, repository, updates});
}

}  // namespace

Result<> check_facts(const json::object& facts) {
    const auto kind = text_member(facts, "kind");
    const bool push = kind && *kind == "git.push";
    if (!push && !(kind && *kind == "http.request"))
        return wrong("kind", "it is neither git.push nor http.request");
    const std::span<const std::string_view> members =
        push ? std::span<const std::string_view>(kPush) : std::span<const std::string_view>(kPlain);
    if (facts.size() != members.size() ||
        !std::ranges::all_of(members, [&](std::string_view name) { return facts.contains(name); }))
        return wrong("", "its members are not exactly those of " + std::string(*kind));

    const auto host = text_member(facts, "host");
    const auto port = integer_member(facts, "port");
    const auto method = text_member(facts, "method");
    const auto url = text_member(facts, "url");
    const auto digest = text_member(facts, "body_sha256");
    if (!host || host->empty() || !port || *port < 1 || *port > 65535)
        return wrong("host", "host or port is malformed");
    if (!method || !is_visible(*method) || method->size() > 32)
        return wrong("method", "it is not a method");
    if (!url || !is_visible(*url) || url->size() > kMaxUrl || target_of(*url, *host, *port).empty())
        return wrong("url", "it is malformed, longer than 8 KiB, or not of this host and port");
    if (!digest || !is_digest(*digest) || integer_member(facts, "body_bytes").value_or(-1) < 0)
        return wrong("body_sha256", "the body's digest or length is malformed");
    if (auto ok = check_headers(facts); !ok)
        return ok;
    return push ? check_push(facts) : check_text(facts);
}

Result<const profile::Rule*> asking_rule(const json::object& facts, std::string_view rule,
                                         const profile::Profile& profile) {
    const auto host = text_member(facts, "host").value_or("");
    const auto port = static_cast<std::uint16_t>(integer_member(facts, "port").value_or(0));
    const auto target = target_of(text_member(facts, "url").value_or(""), host, port);
    const auto decision =
        text_member(facts, "kind") == "git.push"
            ? decide_push(facts, profile, host, port, target)
            : profile::decide(profile, profile::HttpRequest{host, port, text_member(facts, "method").value_or(""),
                                                            profile::read_target(target)});
    if (decision.rule == nullptr || decision.verdict == profile::Verdict::deny)
        return fail("judge action", rule, 0, decision.reason);
    if (decision.verdict != profile::Verdict::ask || decision.rule->id != rule)
        return fail(
            "judge action", rule, 0,
            profile::title(profile) + " judges it by rule " + decision.rule->id + ", not by " + std::string(rule));
    return decision.rule;
}

}  // namespace anchorhold::gate
