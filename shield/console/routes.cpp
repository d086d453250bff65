#include "shield/console/routes.hpp"

#include <algorithm>
#include <array>

namespace anchorhold::console {
namespace {

using egress::BodyKind;
using egress::FieldId;

constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kScript = "text/javascript; charset=utf-8";
constexpr std::string_view kStyle = "text/css; charset=utf-8";
constexpr std::string_view kJson = "application/json";

constexpr auto kRoutes = std::to_array<Route>({
    {"GET", "/", Handler::file, "index.html", kHtml, "the page"},
    {"GET", "/app.js", Handler::file, "app.js", kScript, "wires stream and page"},
    {"GET", "/api.js", Handler::file, "api.js", kScript, "talks to this process"},
    {"GET", "/act.js", Handler::file, "act.js", kScript, "the act of a record, put before a person"},
    {"GET", "/action_kinds.js", Handler::file, "action_kinds.js", kScript, "the kinds of act, a row each"},
    {"GET", "/git_push.js", Handler::file, "git_push.js", kScript, "a kind of act"},
    {"GET", "/http_request.js", Handler::file, "http_request.js", kScript, "a kind of act"},
    {"GET", "/http_members.js", Handler::file, "http_members.js", kScript, "what acts over HTTP have in common"},
    {"GET", "/checks.js", Handler::file, "checks.js", kScript, "checks of single members of a record"},
    {"GET", "/parts.js", Handler::file, "parts.js", kScript, "pieces of a card"},
    {"GET", "/cards.js", Handler::file, "cards.js", kScript, "what waits"},
    {"GET", "/dialog.js", Handler::file, "dialog.js", kScript, "one record alone, to be approved"},
    {"GET", "/layout.js", Handler::file, "layout.js", kScript, "bodies and parameters laid out to be read"},
    {"GET", "/dom.js", Handler::file, "dom.js", kScript, "elements from plain text"},
    {"GET", "/enrol.js", Handler::file, "enrol.js", kScript, "registers a passkey"},
    {"GET", "/passkey.js", Handler::file, "passkey.js", kScript, "WebAuthn"},
    {"GET", "/recent.js", Handler::file, "recent.js", kScript, "what was decided"},
    {"GET", "/record.js", Handler::file, "record.js", kScript, "reads and hashes the record that is signed"},
    {"GET", "/session.js", Handler::file, "session.js", kScript, "signs in and out"},
    {"GET", "/text.js", Handler::file, "text.js", kScript, "makes hidden characters visible"},
    {"GET", "/style.css", Handler::file, "style.css", kStyle, "looks"},
    {"GET", "/icon.svg", Handler::file, "icon.svg", "image/svg+xml", "the tab's icon"},
    {"GET", "/events", Handler::events, "", "text/event-stream", "every change, as it happens"},
    {"POST", "/api/login-options", Handler::call, "login-options", kJson, "the challenge of a sign-in"},
    {"POST", "/api/login", Handler::call, "login", kJson, "the signature over it"},
    {"POST", "/api/sign-out", Handler::call, "sign-out", kJson, "this browser"},
    {"POST", "/api/sign-out-others", Handler::call, "sign-out-others", kJson, "every other browser"},
    {"POST", "/api/register-options", Handler::call, "register-options", kJson, "begin to register a passkey"},
    {"POST", "/api/register", Handler::call, "register", kJson, "the new passkey"},
    {"POST", "/api/approve-options", Handler::call, "approve-options", kJson, "the challenge of one request"},
    {"POST", "/api/approve", Handler::call, "approve", kJson, "the signature over it"},
    {"POST", "/api/deny", Handler::call, "deny", kJson, "a no, which needs no passkey but a session"},
});

std::unexpected<Refused> refuse(int status, std::string sentence, std::string_view allow = {}) {
    return std::unexpected(Refused{status, std::move(sentence), allow});
}

std::string_view value_of(const egress::RequestHead& head, FieldId id) {
    const auto* field = head.find(id);
    return field == nullptr ? std::string_view{} : field->value;
}

bool is_json(std::string_view type) {
    return type == "application/json" || type == "application/json; charset=utf-8" ||
           type == "application/json;charset=utf-8" || type == "application/json;charset=UTF-8";
}

// Browsers send it to secure contexts; its absence proves nothing, another value than same-origin does.
bool from_elsewhere(const egress::RequestHead& head) {
    const auto* field = head.find("Sec-Fetch-Site");
    return field != nullptr && field->value != "same-origin";
}

std::expected<void, Refused> judge_call(const egress::RequestHead& head, const Origin& origin) {
    if (head.count(FieldId::origin) != 1 || value_of(head, FieldId::origin) != origin.text || from_elsewhere(head))
        return refuse(403, "Only the page at " + origin.text + " may send this.");
    if (head.count(FieldId::content_type) != 1 || !is_json(value_of(head, FieldId::content_type)))
        return refuse(415, "Send application/json.");
    if (head.body.kind != BodyKind::length)
        return refuse(411, "Send a body with Content-Length.");
    if (head.body.length > kMaxBody)
        return refuse(413, "A body may have 65536 bytes.");
    return {};
}

}  // namespace

std::span<const Route> routes() noexcept {
    return kRoutes;
}

std::expected<const Route*, Refused> judge(const egress::RequestHead& head, std::span<const Origin> origins) {
    const auto origin = std::ranges::find(origins, head.authority, &Origin::authority);
    if (origin == origins.end())
        return refuse(421, "This page is not served under that name. Open " + origins.front().text + "/ instead.");
    const auto route = std::ranges::find(kRoutes, head.target, &Route::path);
    if (route == kRoutes.end())
        return refuse(404, "There is nothing at this address.");
    if (head.method != route->method)
        return refuse(405, "This address takes " + std::string(route->method) + " only.", route->method);
    if (head.expect_continue)
        return refuse(417, "Send the body at once, without Expect.");
    if (route->handler == Handler::call) {
        if (auto ok = judge_call(head, *origin); !ok)
            return std::unexpected(ok.error());
        return &*route;
    }
    if (head.body.kind != BodyKind::none)
        return refuse(400, "A GET has no body.");
    if (route->handler == Handler::events && from_elsewhere(head))
        return refuse(403, "Only the page at " + origin->text + " may listen.");
    return &*route;
}

}  // namespace anchorhold::console
