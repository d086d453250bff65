#include "shield/action/http_request.hpp"

#include <array>

#include "base/encoding.hpp"
#include "base/utf8.hpp"
#include "shield/action/http_members.hpp"
#include "shield/message/digest.hpp"
#include "shield/profile/request_path.hpp"

namespace anchorhold::action {
namespace {

constexpr std::size_t kMaxText = 8UL * 1024;  // bytes of a body

constexpr std::array<std::string_view, 9> kMembers{"kind",        "host",       "port",      "method", "url",
                                                   "body_sha256", "body_bytes", "body_text", "headers"};
constexpr std::array<std::string_view, 2> kLongMembers{"body_text", "headers"};

// The text that is shown is the body that is sent, whole; null where it cannot be shown.
Result<> check(const json::object& facts) {
    if (auto ok = check_http_members(facts); !ok)
        return ok;
    const auto& text = facts.at("body_text");
    if (text.is_null())
        return {};
    const std::string_view body = text.is_string() ? std::string_view(text.get_string()) : std::string_view();
    if (!text.is_string() || body.size() > kMaxText || !text_utf8(body) ||
        integer_member(facts, "body_bytes").value_or(-1) != static_cast<std::int64_t>(body.size()) ||
        text_member(facts, "body_sha256").value_or("") != to_hex(sha256(body)))
        return wrong_member("body_text", "it is not the body's text");
    return {};
}

profile::Decision decide(const json::object& facts, const profile::Profile& profile) {
    const auto request = http_members(facts);
    const auto target = profile::read_target(request.target);
    return profile::decide(profile, profile::HttpRequest{request.host, request.port, request.method, target});
}

std::string summarize(const json::object& record) {
    return text_of(record, "method") + " " + text_of(record, "url");
}

}  // namespace

constinit const Kind kHttpRequest{
    .name = "http.request",
    .members = kMembers,
    .check = check,
    .decide = decide,
    .summary = summarize,
    .audit_fields = http_audit_fields,
    .long_members = kLongMembers,
    .too_long_advice = "send fewer or shorter header fields",
    .rule_kind = profile::RuleKind::http,
    .lends_before_approval = false,
};

}  // namespace anchorhold::action
