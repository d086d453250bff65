// Who asks: sessions of browsers (docs/design.md, "console → gate"). The console holds nothing; a session is judged
// here, by the process that also judges assertions and codes.
#include <algorithm>

#include "base/controls.hpp"
#include "shield/gate/gate.hpp"
#include "shield/passkey/assertion.hpp"

namespace anchorhold::gate {
namespace {

std::unexpected<Error> malformed(std::string_view type, const Error& error) {
    return fail("understand message", type, 0, error.text());
}

}  // namespace

const Session* Gate::session_of(const json::object& message) const {
    if (guard_off("session")) {
        static const Session nobody{.name = "nobody: the guard is off"};
        return &nobody;
    }
    const auto token = text_member(message, "session");
    return token ? sessions_.find(*token, now()) : nullptr;
}

json::array Gate::shown_sessions() const {
    json::array shown;
    for (const Session& session : sessions_.all())
        shown.push_back({{"digest", to_hex(session.digest)},
                         {"name", session.name},
                         {"since", session.since},
                         {"expires", session.expires}});
    if (guard_off("session"))
        shown.push_back({{"digest", to_hex(Digest{})}, {"name", "nobody"}, {"since", 0}, {"expires", 0}});
    return shown;
}

Result<> Gate::on_session(ConnectionId from, std::int64_t id, const json::object& message) {
    if (const Session* const session = session_of(message))
        send(from, {{"type", "session"}, {"id", id}, {"digest", to_hex(session->digest)}});
    else
        send(from, {{"type", "no-session"}, {"id", id}});
    return {};
}

Result<> Gate::on_login_options(ConnectionId from, std::int64_t id) {
    if (passkeys_.passkeys.empty()) {
        refuse(from, id, "No passkey is registered yet. Register one with the enrolment code first.");
        return {};
    }
    const auto text = logins_.offer(settings_.workstation, now());
    if (!text) {
        refuse(from, id, text.error().detail);
        return {};
    }
    json::array allow;
    for (const auto& passkey : passkeys_.passkeys)
        allow.emplace_back(to_base64url(passkey.id));
    send(from, {{"type", "login-options"},
                {"id", id},
                {"login", *text},
                {"challenge", to_base64url(sha256(*text))},
                {"allow", std::move(allow)},
                {"rpId", party_.id}});
    return {};
}

Result<> Gate::on_login(ConnectionId from, std::int64_t id, const json::object& message) {
    const auto login = text_member(message, "login");
    const auto origin = text_member(message, "origin");
    const auto peer = text_member(message, "peer");
    const auto credential = object_member(message, "credential");
    if (!login || !origin)
        return malformed("login", (!login ? login : origin).error());
    if (!peer)
        return malformed("login", peer.error());
    if (!credential)
        return malformed("login", credential.error());
    const auto answer = [&](const std::string& why) {
        if (const auto told = telling(why))
            audit_.note(turned_away_event(settings_.workstation, "console.sign-in", *peer, *told));
        refuse_stranger(from, id, why, *peer);
        return Result<>{};
    };
    const auto challenge = logins_.challenge(*login, now());
    if (!challenge)
        return answer(challenge.error().detail);
    passkey::RelyingParty here{.id = party_.id, .origins = {}};
    if (std::ranges::contains(party_.origins, *origin))
        here.origins.emplace_back(*origin);
    const auto assertion =
        passkey::verify_assertion(**credential, here, *challenge, passkeys_.user, passkeys_.passkeys);
    if (!assertion)
        return answer("The sign-in was refused: " + assertion.error().text());
    logins_.use(*challenge, now());
    auto& passkey = passkeys_.passkeys[assertion->passkey];
    keep_count(passkey, *assertion);
    std::string from_where = "from " + std::string(*peer);
    if (assertion->count_went_back)
        from_where += "; the passkey's counter did not grow: a copy of it may exist";
    audit_.note(session_event(settings_.workstation, "console.sign-in", passkey.name, from_where));
    begin_session(from, id, passkey.name);
    tell_console();
    return {};
}

void Gate::begin_session(ConnectionId from, std::int64_t id, std::string_view name) {
    const auto token = sessions_.begin(name, now());
    if (!token)
        return refuse(from, id, token.error().detail);
    send(from, {{"type", "done"}, {"id", id}, {"session", *token}, {"seconds", Sessions::kSeconds}});
}

void Gate::on_sign_out(ConnectionId from, std::int64_t id, const Session& session) {
    audit_.note(session_event(settings_.workstation, "console.sign-out", session.name, ""));
    sessions_.end(Digest(session.digest));
    send(from, {{"type", "done"}, {"id", id}, {"session", ""}, {"seconds", 0}});
    tell_console();
}

void Gate::on_sign_out_others(ConnectionId from, std::int64_t id, const Session& session) {
    audit_.note(session_event(settings_.workstation, "console.sign-out", session.name, "all other browsers"));
    sessions_.end_others(Digest(session.digest));
    send(from, {{"type", "done"}, {"id", id}});
    tell_console();
}

}  // namespace anchorhold::gate
