// The members that every kind has whose act is one HTTP request: host, port, method, url, headers, body_sha256 and
// body_bytes.
#pragma once

#include <cstdint>
#include <string_view>

#include "shield/action/action.hpp"

namespace anchorhold::action {

// Whether they are well-formed, and the URL is one of host and port.
[[nodiscard]] Result<> check_http_members(const json::object& facts);

// They, read from facts that have been checked; the views live as long as the facts.
struct HttpMembers {
    std::string_view host;
    std::uint16_t port = 0;
    std::string_view method;
    std::string_view target;  // of the URL, from the path on
};
[[nodiscard]] HttpMembers http_members(const json::object& facts);

// Host, port, and the body's digest and length; the rest is the caller's.
[[nodiscard]] AuditFields http_audit_fields(const json::object& record);

// A text member, or "".
[[nodiscard]] std::string text_of(const json::object& object, std::string_view name);

}  // namespace anchorhold::action
