#include "shield/http/http1_fields.hpp"

#include <array>
#include <cstddef>

#include "base/ascii.hpp"

namespace anchorhold::egress {
namespace {

constexpr auto kPass = FieldFate::pass;
constexpr auto kDrop = FieldFate::drop;
constexpr auto kRewrite = FieldFate::rewrite;
constexpr std::string_view kHop = "hop-by-hop, RFC 9110 section 7.6.1";

constexpr std::size_t kKnown = static_cast<std::size_t>(FieldId::count_) - 1;

constexpr std::array<FieldRow, kKnown> kTable{{
    {FieldId::accept, "Accept", kPass, {}},
    {FieldId::accept_encoding, "Accept-Encoding", kPass, {}},
    {FieldId::accept_language, "Accept-Language", kPass, {}},
    {FieldId::accept_ranges, "Accept-Ranges", kPass, {}},
    {FieldId::age, "Age", kPass, {}},
    {FieldId::allow, "Allow", kPass, {}},
    {FieldId::alt_svc, "Alt-Svc", kDrop, "would send the client to another host, port or protocol, round the proxy"},
    {FieldId::authorization, "Authorization", kPass, {}},
    {FieldId::cache_control, "Cache-Control", kPass, {}},
    {FieldId::connection, "Connection", kRewrite, kHop},
    {FieldId::content_disposition, "Content-Disposition", kPass, {}},
    {FieldId::content_encoding, "Content-Encoding", kPass, {}},
    {FieldId::content_language, "Content-Language", kPass, {}},
    {FieldId::content_length, "Content-Length", kRewrite, "frames the message; written from what was parsed"},
    {FieldId::content_location, "Content-Location", kPass, {}},
    {FieldId::content_range, "Content-Range", kPass, {}},
    {FieldId::content_security_policy, "Content-Security-Policy", kPass, {}},
    {FieldId::content_type, "Content-Type", kPass, {}},
    {FieldId::cookie, "Cookie", kPass, {}},
    {FieldId::date, "Date", kPass, {}},
    {FieldId::etag, "ETag", kPass, {}},
    {FieldId::expect, "Expect", kDrop, "the proxy answers 100 itself; sent on, it desyncs servers that ignore it"},
    {FieldId::expires, "Expires", kPass, {}},
    {FieldId::forwarded, "Forwarded", kPass, {}},
    {FieldId::git_protocol, "Git-Protocol", kPass, {}},
    {FieldId::host, "Host", kRewrite, "written from the name that was checked"},
    {FieldId::http2_settings, "HTTP2-Settings", kDrop, "belongs to an upgrade that is not passed on"},
    {FieldId::if_match, "If-Match", kPass, {}},
    {FieldId::if_modified_since, "If-Modified-Since", kPass, {}},
    {FieldId::if_none_match, "If-None-Match", kPass, {}},
    {FieldId::if_range, "If-Range", kPass, {}},
    {FieldId::if_unmodified_since, "If-Unmodified-Since", kPass, {}},
    {FieldId::keep_alive, "Keep-Alive", kDrop, kHop},
    {FieldId::last_modified, "Last-Modified", kPass, {}},
    {FieldId::link, "Link", kPass, {}},
    {FieldId::location, "Location", kPass, {}},
    {FieldId::origin, "Origin", kPass, {}},
    {FieldId::pragma, "Pragma", kPass, {}},
    {FieldId::proxy_authenticate, "Proxy-Authenticate", kDrop, "between a client and its proxy"},
    {FieldId::proxy_authentication_info, "Proxy-Authentication-Info", kDrop, "between a client and its proxy"},
    {FieldId::proxy_authorization, "Proxy-Authorization", kDrop, "a password for a proxy, not for the server"},
    {FieldId::proxy_connection, "Proxy-Connection", kDrop, kHop},
    {FieldId::range, "Range", kPass, {}},
    {FieldId::referer, "Referer", kPass, {}},
    {FieldId::retry_after, "Retry-After", kPass, {}},
    {FieldId::server, "Server", kPass, {}},
    {FieldId::set_cookie, "Set-Cookie", kPass, {}},
    {FieldId::strict_transport_security, "Strict-Transport-Security", kPass, {}},
    {FieldId::te, "TE", kDrop, kHop},
    {FieldId::trailer, "Trailer", kDrop, "trailers are dropped"},
    {FieldId::transfer_encoding, "Transfer-Encoding", kRewrite, "frames the message; written from what was parsed"},
    {FieldId::upgrade, "Upgrade", kDrop, kHop},
    {FieldId::user_agent, "User-Agent", kPass, {}},
    {FieldId::vary, "Vary", kPass, {}},
    {FieldId::via, "Via", kPass, {}},
    {FieldId::www_authenticate, "WWW-Authenticate", kPass, {}},
    {FieldId::x_forwarded_for, "X-Forwarded-For", kPass, {}},
    {FieldId::x_request_id, "X-Request-Id", kPass, {}},
}};

static_assert([] {
    for (std::size_t i = 0; i < kKnown; ++i)
        if (static_cast<std::size_t>(kTable[i].id) != i + 1)
            return false;
    return true;
}());

constexpr std::size_t kSlots = 256;

// Letters differ in case by one bit, which `| 0x20` hides; equality is decided by comparison.
constexpr std::size_t slot_of(std::string_view name) {
    auto bits = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(name[at]) | 0x20U); };
    return (name.size() * 7 + bits(0) * 3 + bits(name.size() / 2) * 29 + bits(name.size() - 1) * 57) % kSlots;
}

constexpr auto kIndex = [] {
    std::array<std::uint8_t, kSlots> index{};
    for (std::size_t i = 0; i < kKnown; ++i) {
        std::size_t slot = slot_of(kTable[i].name);
        while (index[slot] != 0)
            slot = (slot + 1) % kSlots;
        index[slot] = static_cast<std::uint8_t>(i + 1);
    }
    return index;
}();

}  // namespace

const FieldRow& field_row(FieldId id) noexcept {
    return kTable[static_cast<std::size_t>(id) - 1];
}

FieldId field_id(std::string_view name) noexcept {
    if (name.empty())
        return FieldId::other;
    for (std::size_t slot = slot_of(name); kIndex[slot] != 0; slot = (slot + 1) % kSlots) {
        const FieldRow& row = kTable[kIndex[slot] - 1U];
        if (equal_ignoring_case(row.name, name))
            return row.id;
    }
    return FieldId::other;
}

}  // namespace anchorhold::egress
