#include "shield/console/gate_message.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "base/encoding.hpp"
#include "shield/console/answer.hpp"
#include "shield/console/client.hpp"

namespace anchorhold::console {
namespace {

struct Member {
    std::string_view name;
    json::kind kind;
    std::size_t limit = 0;  // bytes of a string
};

constexpr std::array kCode{Member{"code", json::kind::string, 128}};
constexpr std::array kRegister{Member{"code", json::kind::string, 128}, Member{"name", json::kind::string, 256},
                               Member{"credential", json::kind::object}};
constexpr std::array kLogin{Member{"login", json::kind::string, 1024}, Member{"credential", json::kind::object}};
constexpr std::array kRequest{Member{"request", json::kind::string, 128}};
constexpr std::array kApprove{Member{"request", json::kind::string, 128}, Member{"credential", json::kind::object}};
constexpr std::array kDeny{Member{"request", json::kind::string, 128}, Member{"reason", json::kind::string, 800}};

// What gate is told of the sender: nothing that the call does not need.
enum Knows : std::uint8_t { kOrigin = 1, kSession = 2, kPeer = 4 };

struct Call {
    std::string_view name;
    std::span<const Member> members;
    unsigned knows = 0;
};
constexpr std::array kCalls{
    Call{"session", {}, kSession},
    Call{"login-options", {}},
    Call{"login", kLogin, kOrigin | kPeer},
    Call{"register-options", kCode, kPeer},
    Call{"register", kRegister, kPeer},
    Call{"approve-options", kRequest, kSession},
    Call{"approve", kApprove, kOrigin | kSession},
    Call{"deny", kDeny, kSession},
    Call{"sign-out", {}, kSession},
    Call{"sign-out-others", {}, kSession},
};

constexpr std::string_view kCookie = "anchorhold-session";
constexpr std::size_t kMaxSession = 64;
constexpr std::int64_t kMaxWait = 5;

std::unexpected<Error> wrong(std::string_view call, std::string_view sentence) {
    return fail("read call", call, 0, sentence);
}

bool fits(const Member& member, const json::object& object) {
    const auto* value = object.if_contains(member.name);
    if (value == nullptr || value->kind() != member.kind)
        return false;
    return !value->is_string() || value->get_string().size() <= member.limit;
}

// Bound to this browser and to requests that begin at this page. A cookie has no port, so the name of the host is to be
// this page's alone; Secure where the page is.
std::string cookie(std::string_view session, std::int64_t seconds, std::string_view origin) {
    return std::string(kCookie) + '=' + std::string(session) +
           "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(seconds) +
           (origin.starts_with("https:") ? "; Secure" : "");
}

// The names alone: what opens a session, even its digest, is none of the page's business.
json::array names_of(const json::object& state) {
    json::array names;
    const auto sessions = array_member(state, "sessions");
    if (!sessions)
        return names;
    for (const auto& session : **sessions) {
        if (session.is_object())
            names.push_back({{"name", text_member(session.get_object(), "name").value_or("")},
                             {"since", integer_member(session.get_object(), "since").value_or(0)}});
    }
    return names;
}

std::string event_of(const json::object& state) {
    const auto text = canonical(state);
    return text ? "event: state\ndata: " + *text + "\n\n" : std::string{};
}

}  // namespace

Result<json::object> gate_message(std::string_view call, std::int64_t id, std::string_view body, const Sender& sender) {
    const auto shape = std::ranges::find(kCalls, call, &Call::name);
    if (shape == kCalls.end())
        return wrong(call, "There is no such call.");
    auto value = parse_json(body);
    if (!value || !value->is_object())
        return wrong(call, "The body is not a JSON object.");
    auto& object = value->get_object();
    for (const auto& member : shape->members) {
        if (!fits(member, object))
            return wrong(call, "The member \"" + std::string(member.name) + "\" is missing, malformed or too long.");
    }
    if (object.size() != shape->members.size())
        return wrong(call, "The body has a member that this call does not take.");
    object["type"] = call;
    object["id"] = id;
    if ((shape->knows & kOrigin) != 0)
        object["origin"] = sender.origin;
    if ((shape->knows & kSession) != 0)
        object["session"] = sender.session;
    if ((shape->knows & kPeer) != 0)
        object["peer"] = text_of_client(sender.client);
    if (!canonical(object))
        return wrong(call, "The body holds a number that is not whole.");
    return std::move(object);
}

Reply reply_of(std::string_view call, const json::object& answer, std::string_view origin) {
    const auto type = text_member(answer, "type");
    if (type && *type == "refused") {
        const auto reason = text_member(answer, "reason");
        const std::int64_t wait = integer_member(answer, "wait").value_or(0);
        return {.status = 409,
                .text = error_json(reason ? *reason : "The gatekeeper refused."),
                .wait = std::chrono::seconds(std::clamp<std::int64_t>(wait, 0, kMaxWait))};
    }
    if (type && *type == "no-session")
        return {.status = 401, .text = error_json("Sign in with your passkey first.")};
    if (type && *type == "done") {
        const auto session = text_member(answer, "session");
        return {.status = 200,
                .text = "{}",
                .cookie = session ? cookie(*session, integer_member(answer, "seconds").value_or(0), origin) : ""};
    }
    if (type && *type == call) {
        json::object rest = answer;
        rest.erase("type");
        rest.erase("id");
        return {.status = 200, .text = json::serialize(rest)};
    }
    return {.status = 502, .text = error_json("The gatekeeper gave an answer that makes no sense here.")};
}

bool has_session(const json::object& state, std::string_view digest) {
    const auto sessions = array_member(state, "sessions");
    return sessions && !digest.empty() && std::ranges::any_of(**sessions, [&](const json::value& session) {
               return session.is_object() && text_member(session.get_object(), "digest").value_or("") == digest;
           });
}

std::string session_of(std::string_view cookies) {
    while (!cookies.empty()) {
        const auto end = cookies.find(';');
        auto pair = cookies.substr(0, end);
        cookies.remove_prefix(end == std::string_view::npos ? cookies.size() : end + 1);
        while (pair.starts_with(' '))
            pair.remove_prefix(1);
        if (!pair.starts_with(kCookie) || !pair.substr(kCookie.size()).starts_with('='))
            continue;
        const auto value = pair.substr(kCookie.size() + 1);
        return value.size() <= kMaxSession && from_base64url(value) ? std::string(value) : std::string();
    }
    return {};
}

Result<std::string> state_event(const json::object& state, std::string_view address, std::int64_t now) {
    const auto passkeys = integer_member(state, "passkeys");
    const auto requests = array_member(state, "requests");
    const auto recent = array_member(state, "recent");
    if (!passkeys || !requests || !recent)
        return fail("read state of the gatekeeper", "", 0,
                    (!passkeys   ? passkeys.error()
                     : !requests ? requests.error()
                                 : recent.error())
                        .text());
    const auto* profile = state.if_contains("profile");
    const auto withheld = array_member(state, "withheld");
    auto event = event_of({{"gate", "up"},
                           {"address", address},
                           {"now", now},
                           {"profile", profile == nullptr ? json::value{} : *profile},
                           {"passkeys", *passkeys},
                           {"signed_in", true},
                           {"sessions", names_of(state)},
                           {"requests", **requests},
                           {"recent", **recent},
                           {"withheld", withheld ? **withheld : json::array()}});
    if (event.empty())
        return fail("read state of the gatekeeper", "", 0, "it holds a number that is not whole");
    return event;
}

std::string stranger_event(const json::object& state, std::string_view address, std::int64_t now) {
    const auto passkeys = integer_member(state, "passkeys").value_or(0);
    return event_of({{"gate", "up"},
                     {"address", address},
                     {"now", now},
                     {"passkeys", std::min<std::int64_t>(passkeys, 1)},
                     {"signed_in", false}});
}

std::string down_event(std::string_view address, std::int64_t now) {
    return event_of({{"gate", "down"}, {"address", address}, {"now", now}});
}

}  // namespace anchorhold::console
