#include "shield/action/http_members.hpp"

#include <algorithm>
#include <utility>

#include "base/encoding.hpp"

namespace anchorhold::action {
namespace {

constexpr std::size_t kMaxUrl = 8UL * 1024;
constexpr std::size_t kMaxMethod = 32;

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

bool is_header(const json::value& value) {
    if (!value.is_object() || value.get_object().size() != 2)
        return false;
    const auto name = text_member(value.get_object(), "name");
    const auto content = text_member(value.get_object(), "value");
    return name && content && is_visible(*name) &&
           std::ranges::none_of(*name, [](char c) { return c >= 'A' && c <= 'Z'; }) &&
           std::ranges::all_of(*content, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

Result<> check_http_members(const json::object& facts) {
    const auto host = text_member(facts, "host");
    const auto port = integer_member(facts, "port");
    const auto method = text_member(facts, "method");
    const auto url = text_member(facts, "url");
    const auto digest = text_member(facts, "body_sha256");
    const auto headers = array_member(facts, "headers");
    if (!host || host->empty() || !port || *port < 1 || *port > 65535)
        return wrong_member("host", "host or port is malformed");
    if (!method || !is_visible(*method) || method->size() > kMaxMethod)
        return wrong_member("method", "it is not a method");
    if (!url || !is_visible(*url) || url->size() > kMaxUrl || target_of(*url, *host, *port).empty())
        return wrong_member("url", "it is malformed, longer than 8 KiB, or not of this host and port");
    if (!digest || !is_digest(*digest) || integer_member(facts, "body_bytes").value_or(-1) < 0)
        return wrong_member("body_sha256", "the body's digest or length is malformed");
    if (!headers || !std::ranges::all_of(**headers, is_header))
        return wrong_member("headers", "they are not a list of name and value");
    return {};
}

HttpMembers http_members(const json::object& facts) {
    const auto host = text_member(facts, "host").value_or("");
    const auto port = static_cast<std::uint16_t>(integer_member(facts, "port").value_or(0));
    return {.host = host,
            .port = port,
            .method = text_member(facts, "method").value_or(""),
            .target = target_of(text_member(facts, "url").value_or(""), host, port)};
}

AuditFields http_audit_fields(const json::object& record) {
    return {.host = text_of(record, "host"),
            .port = static_cast<std::uint16_t>(integer_member(record, "port").value_or(0)),
            .body_sha256 = text_of(record, "body_sha256"),
            .body_bytes = static_cast<std::uint64_t>(integer_member(record, "body_bytes").value_or(0))};
}

std::string text_of(const json::object& object, std::string_view name) {
    return std::string(text_member(object, name).value_or(""));
}

}  // namespace anchorhold::action
