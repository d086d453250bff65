// The one table of HTTP field names: how each is written, and what a proxy does with it. RFC 9110, RFC 9112.
#pragma once

#include <cstdint>
#include <string_view>

namespace anchorhold::egress {

enum class FieldId : std::uint8_t {
    other,  // not in the table: passed on, its name written in Train-Case
    accept,
    accept_encoding,
    accept_language,
    accept_ranges,
    age,
    allow,
    alt_svc,
    authorization,
    cache_control,
    connection,
    content_disposition,
    content_encoding,
    content_language,
    content_length,
    content_location,
    content_range,
    content_security_policy,
    content_type,
    cookie,
    date,
    etag,
    expect,
    expires,
    forwarded,
    git_protocol,
    host,
    http2_settings,
    if_match,
    if_modified_since,
    if_none_match,
    if_range,
    if_unmodified_since,
    keep_alive,
    last_modified,
    link,
    location,
    origin,
    pragma,
    proxy_authenticate,
    proxy_authentication_info,
    proxy_authorization,
    proxy_connection,
    range,
    referer,
    retry_after,
    server,
    set_cookie,
    strict_transport_security,
    te,
    trailer,
    transfer_encoding,
    upgrade,
    user_agent,
    vary,
    via,
    www_authenticate,
    x_forwarded_for,
    x_request_id,
    count_,
};

enum class FieldFate : std::uint8_t {
    pass,     // end to end
    drop,     // never goes on
    rewrite,  // never copied; the writer makes it anew from what was parsed
};

struct FieldRow {
    FieldId id;
    std::string_view name;  // canonical case
    FieldFate fate;
    std::string_view why;  // of a fate other than pass
};

// The row of an id other than FieldId::other.
[[nodiscard]] const FieldRow& field_row(FieldId id) noexcept;

// By name, ignoring ASCII case; FieldId::other for what the table does not have.
[[nodiscard]] FieldId field_id(std::string_view name) noexcept;

}  // namespace anchorhold::egress
