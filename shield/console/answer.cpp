#include "shield/console/answer.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "shield/http/http1_write.hpp"
#include "shield/message/canonical_json.hpp"

namespace anchorhold::console {
namespace {

struct Header {
    std::string_view name;
    std::string_view value;
    std::string_view why;
};

constexpr auto kHeaders = std::to_array<Header>({
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
     "form-action 'none'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'",
     "what is shown is what is signed: no script, style or frame but our own files, and no markup made from text"},
    {"Permissions-Policy",
     "publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), microphone=(), geolocation=()",
     "the passkey is this page's and nobody else's"},
    {"X-Content-Type-Options", "nosniff", "a file is what its type says"},
    {"X-Frame-Options", "DENY", "no clickjacking, in browsers that do not know frame-ancestors"},
    {"Referrer-Policy", "no-referrer", "no other site learns this address"},
    {"Cross-Origin-Opener-Policy", "same-origin", "no window of another site holds a handle on this one"},
    {"Cross-Origin-Resource-Policy", "same-origin", "no other site embeds the files"},
    {"Cache-Control", "no-store", "after an update the old page is never shown, and no record stays on a disk"},
});

// IMF-fixdate (RFC 9110 section 5.6.7); strftime's names would follow the locale.
std::string date_of(std::time_t now) {
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm t{};
    if (gmtime_r(&now, &t) == nullptr)
        t = {};
    std::array<char, 64> rest{};
    const auto day = std::strftime(rest.data(), rest.size(), ", %d ", &t);
    std::string text = days.at(static_cast<std::size_t>(t.tm_wday)) + std::string(rest.data(), day) +
                       months.at(static_cast<std::size_t>(t.tm_mon));
    const auto clock = std::strftime(rest.data(), rest.size(), " %Y %H:%M:%S GMT", &t);
    return text.append(rest.data(), clock);
}

}  // namespace

std::string write_answer(const Answer& answer, std::time_t now) {
    const auto date = date_of(now);
    std::vector<egress::SetField> fields;
    fields.push_back({"Date", date});
    for (const auto& header : kHeaders)
        fields.push_back({header.name, header.value});
    if (!answer.allow.empty())
        fields.push_back({"Allow", answer.allow});
    if (!answer.cookie.empty())
        fields.push_back({"Set-Cookie", answer.cookie});
    std::string out;
    if (!egress::write_answer(out, answer.status, answer.content_type, answer.text, answer.close, fields))
        return "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    return out;
}

std::string write_stream_head(std::time_t now) {
    std::string out = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\nDate: ";
    out.append(date_of(now)).append("\r\n");
    for (const auto& header : kHeaders)
        out.append(header.name).append(": ").append(header.value).append("\r\n");
    // And how soon a browser tries again, in milliseconds.
    return out.append("\r\nretry: 1000\n\n");
}

std::string error_json(std::string_view sentence) {
    return json::serialize(json::object{{"error", sentence}});
}

}  // namespace anchorhold::console
