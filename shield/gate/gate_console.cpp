// Gate's answers to the console (docs/design.md, "console → gate").
#include <openssl/rand.h>

#include <algorithm>
#include <iostream>
#include <string>

#include "base/controls.hpp"
#include "base/utf8.hpp"
#include "shield/gate/gate.hpp"
#include "shield/gate/words.hpp"
#include "shield/passkey/assertion.hpp"
#include "shield/passkey/registration.hpp"

namespace anchorhold::gate {
namespace {

constexpr std::size_t kChallengeBytes = 32;
constexpr std::int64_t kChallengeSeconds = 300;
constexpr std::size_t kMaxChallenges = 8;
constexpr std::size_t kMaxPasskeys = 64;
constexpr std::size_t kMaxName = 100;
constexpr std::size_t kMaxRecent = 20;
constexpr std::size_t kMaxRecentBytes = 40UL * 1024;
constexpr std::string_view kGone = "This request is not waiting any more.";

std::unexpected<Error> malformed(std::string_view type, const Error& error) {
    return fail("understand message", type, 0, error.text());
}

// The challenge that the browser says it answered; only to find the one that was given out.
Bytes answered_challenge(const json::object& credential) {
    const auto response = object_member(credential, "response");
    const auto bytes = response ? passkey::bytes_member(**response, "clientDataJSON") : std::unexpected(Error{});
    const auto client = bytes ? passkey::parse_client_data(*bytes) : std::unexpected(Error{});
    return client ? client->challenge : Bytes{};
}

json::array ids_of(const passkey::Store& store) {
    json::array ids;
    for (const auto& passkey : store.passkeys)
        ids.emplace_back(to_base64url(passkey.id));
    return ids;
}

bool fits_name(std::string_view name) {
    return !name.empty() && name.size() <= kMaxName && plain_utf8(name);
}

}  // namespace

Result<> Gate::from_console(ConnectionId from, const json::object& message) {
    const auto type = text_member(message, "type");
    if (!type)
        return std::unexpected(type.error());
    if (*type == "watch") {
        peers_.at(from).watching = true;
        tell_console();
        tell_agent_api();
        return {};
    }
    const auto id = integer_member(message, "id");
    if (!id)
        return malformed(*type, id.error());
    if (*type == "register-options")
        return on_register_options(from, *id, message);
    if (*type == "register")
        return on_register(from, *id, message);
    if (*type == "session")
        return on_session(from, *id, message);
    if (*type == "login-options")
        return on_login_options(from, *id);
    if (*type == "login")
        return on_login(from, *id, message);
    // All else is for somebody who has signed in.
    const Session* const session = session_of(message);
    if (session == nullptr) {
        send(from, {{"type", "no-session"}, {"id", *id}});
        return {};
    }
    if (*type == "sign-out") {
        on_sign_out(from, *id, *session);
        return {};
    }
    if (*type == "sign-out-others") {
        on_sign_out_others(from, *id, *session);
        return {};
    }
    if (*type == "approve-options")
        return on_approve_options(from, *id, message);
    if (*type == "approve")
        return on_approve(from, *id, message);
    if (*type == "deny")
        return on_deny(from, *id, message);
    return fail("understand message", *type, 0, "the console has no such message");
}

json::object Gate::shown(const Request& request) {
    return {{"request", request.id},
            {"record", request.record.object},
            {"canonical", request.record.canonical},
            {"digest", to_hex(request.record.digest)},
            {"expires", request.binding.expires}};
}

void Gate::tell_console() {
    if (!console_watches())
        return;
    json::object profile{{"reason", policy_.reason}};
    if (policy_.accepted)
        profile = {{"name", policy_.accepted->profile.name},
                   {"version", policy_.accepted->profile.version},
                   {"digest", to_hex(policy_.accepted->profile.digest)}};
    json::array requests;
    for (const Request* request : requests_.live()) {
        if (request->state == State::pending)
            requests.push_back(shown(*request));
    }
    json::array recent;
    for (const Decided& decided : recent_)
        recent.push_back(decided.shown);
    json::array withheld;
    for (const auto& [name, reason] : withheld_.all())
        withheld.push_back(json::object{{"credential", name}, {"reason", reason}});
    const json::object state{{"type", "state"},
                             {"profile", std::move(profile)},
                             {"passkeys", passkeys_.passkeys.size()},
                             {"sessions", shown_sessions()},
                             {"requests", std::move(requests)},
                             {"recent", std::move(recent)},
                             {"withheld", std::move(withheld)}};
    for (auto& [id, peer] : peers_) {
        if (peer.watching)
            peer.connection->send_latest(state);
    }
}

void Gate::remember_decision(const Request& request) {
    // To recall it by; the whole of it is in the log.
    json::object decided{{"request", request.id},
                         {"record", action::without_long_members(request.record.object)},
                         {"verdict", to_text(request.state)},
                         {"by", request.by},
                         {"reason", request.reason},
                         {"at", now()}};
    const auto text = canonical(decided);
    const std::size_t bytes = text ? text->size() : kMaxRecentBytes + 1;
    if (bytes <= kMaxRecentBytes)
        recent_.push_front({std::move(decided), bytes});
    trim_recent();
}

void Gate::trim_recent() {
    std::size_t total = 0;
    std::size_t keep = 0;
    for (; keep < std::min(recent_.size(), kMaxRecent); ++keep) {
        total += recent_[keep].bytes;
        if (total > kMaxRecentBytes)
            break;
    }
    recent_.resize(keep);
}

std::optional<std::string> Gate::telling(std::string reason) {
    const auto count = refused_at_page_.should_log(1, clock());
    if (count == 0)
        return std::nullopt;
    if (count > 1)
        reason += " (" + std::to_string(count) + " refusals)";
    return reason;
}

Result<> Gate::on_register_options(ConnectionId from, std::int64_t id, const json::object& message) {
    const auto code = text_member(message, "code");
    const auto peer = text_member(message, "peer");
    if (!code || !peer)
        return malformed("register-options", (!code ? code : peer).error());
    if (const auto right = enrolment_.check(*code); !right) {
        if (const auto told = telling(right.error().detail))
            audit_.note(turned_away_event(settings_.workstation, "passkey.register", *peer, *told));
        refuse_stranger(from, id, right.error().detail, *peer);
        return {};
    }
    Challenge challenge{.bytes = Bytes(kChallengeBytes), .expires = now() + kChallengeSeconds};
    if (RAND_bytes(challenge.bytes.data(), static_cast<int>(challenge.bytes.size())) != 1) {
        refuse(from, id, "The workstation has no random bytes.");
        return {};
    }
    send(from, {{"type", "register-options"},
                {"id", id},
                {"challenge", to_base64url(challenge.bytes)},
                {"rpId", party_.id},
                {"user",
                 {{"id", to_base64url(passkeys_.user)},
                  {"name", settings_.workstation},
                  {"displayName", "Approvals for " + settings_.workstation}}},
                {"exclude", ids_of(passkeys_)}});
    challenges_.push_front(std::move(challenge));
    challenges_.resize(std::min(challenges_.size(), kMaxChallenges));
    return {};
}

Result<> Gate::on_register(ConnectionId from, std::int64_t id, const json::object& message) {
    const auto code = text_member(message, "code");
    const auto name = text_member(message, "name");
    const auto credential = object_member(message, "credential");
    const auto peer = text_member(message, "peer");
    if (!code || !name)
        return malformed("register", (!code ? code : name).error());
    if (!peer)
        return malformed("register", peer.error());
    if (!credential)
        return malformed("register", credential.error());
    const auto answer = [&](const std::string& sentence) {
        if (const auto told = telling(sentence))
            audit_.note(enrolment_event(settings_.workstation, std::string(name->substr(0, kMaxName)), {}, *told));
        refuse_stranger(from, id, sentence, *peer);
        return Result<>{};
    };
    if (!fits_name(*name))
        return answer("Give the passkey a name of 1 to 100 bytes, without control characters.");
    if (const auto right = enrolment_.check(*code); !right)
        return answer(right.error().detail);
    if (std::ranges::contains(passkeys_.passkeys, *name, &passkey::Passkey::name))
        return answer("There is a passkey of this name already. Choose another name.");
    if (passkeys_.passkeys.size() >= kMaxPasskeys)
        return answer("There are 64 passkeys already.");
    const auto given = std::ranges::find(challenges_, answered_challenge(**credential), &Challenge::bytes);
    if (given == challenges_.end() || now() >= given->expires)
        return answer("The registration took too long or was not begun here. Begin it again.");
    const Bytes challenge = given->bytes;
    challenges_.erase(given);
    auto made = passkey::verify_registration(**credential, party_, challenge, passkeys_.passkeys);
    if (!made)
        return answer("The passkey was refused: " + made.error().text());
    made->name = *name;
    made->created = now();
    audit_.record(enrolment_event(settings_.workstation, made->name, made->id, {}),
                  [this, from, id, passkey = *made](const Result<>& written) {
                      if (!written)
                          return refuse(from, id, "No passkey was registered: " + audit_.why_not() + ".");
                      keep_passkey(from, id, passkey);
                  });
    return {};
}

// The code first: a power cut between the two costs a code, and never lets one be used twice.
void Gate::keep_passkey(ConnectionId from, std::int64_t id, const passkey::Passkey& passkey) {
    passkey::Store store = passkeys_;
    store.passkeys.push_back(passkey);
    auto kept = enrolment_.spend();
    if (kept)
        kept = passkey::save_store(settings_.state + "/passkeys.json", store);
    if (!kept) {
        const std::string sentence = "No passkey was registered: " + kept.error().text();
        audit_.note(enrolment_event(settings_.workstation, passkey.name, passkey.id, sentence));
        return refuse(from, id, sentence);
    }
    passkeys_ = std::move(store);
    challenges_.clear();
    begin_session(from, id, passkey.name);
    changed();
}

Result<> Gate::on_approve_options(ConnectionId from, std::int64_t id, const json::object& message) {
    const auto name = text_member(message, "request");
    if (!name)
        return malformed("approve-options", name.error());
    const Request* const request = requests_.find(*name);
    if (request == nullptr || request->state != State::pending)
        refuse(from, id, kGone);
    else if (passkeys_.passkeys.empty())
        refuse(from, id, "No passkey is registered yet. Register one with the enrolment code first.");
    else
        send(from, {{"type", "approve-options"},
                    {"id", id},
                    {"challenge", to_base64url(request->record.digest)},
                    {"allow", ids_of(passkeys_)},
                    {"rpId", party_.id}});
    return {};
}

Result<> Gate::on_approve(ConnectionId from, std::int64_t id, const json::object& message) {
    const auto name = text_member(message, "request");
    const auto credential = object_member(message, "credential");
    const auto origin = text_member(message, "origin");
    if (!name || !origin)
        return malformed("approve", (!name ? name : origin).error());
    if (!credential)
        return malformed("approve", credential.error());
    const Request* const request = requests_.find(*name);
    if (request == nullptr || request->state != State::pending) {
        refuse(from, id, kGone);
        return {};
    }
    // The assertion must have been made on the very page that the console served, not on another of the list.
    passkey::RelyingParty here{.id = party_.id, .origins = {}};
    if (std::ranges::contains(party_.origins, *origin))
        here.origins.emplace_back(*origin);
    const auto verify = guard_off("assertion") ? passkey::read_assertion : passkey::verify_assertion;
    const auto assertion = verify(**credential, here, request->record.digest, passkeys_.user, passkeys_.passkeys);
    if (!assertion) {
        const std::string why = "The approval was refused: " + assertion.error().text();
        if (const auto told = telling(request->id + ": " + why))
            audit_.note(turned_away_event(settings_.workstation, "request.approve", "console", *told));
        refuse(from, id, why);
        return {};
    }
    auto& passkey = passkeys_.passkeys[assertion->passkey];
    const auto approved = requests_.approve(*name, now(), passkey.name);
    if (!approved) {
        refuse(from, id, approved.error().reason);
        tell_ended(approved.error().ended);
        return {};
    }
    approve(**approved, passkey, *assertion, from, id);
    keep_count(passkey, *assertion);
    return {};
}

// The count only helps to notice a copied passkey later: a disk that does not take it stops nothing.
void Gate::keep_count(passkey::Passkey& passkey, const passkey::Assertion& assertion) {
    passkey.sign_count = std::max(passkey.sign_count, assertion.sign_count);
    if (const auto kept = passkey::save_store(settings_.state + "/passkeys.json", passkeys_); !kept)
        std::cerr << "gate: " << kept.error().text() << '\n';
}

void Gate::approve(const Request& request, const passkey::Passkey& passkey, const passkey::Assertion& assertion,
                   ConnectionId from, std::int64_t id) {
    audit_.record(approved_event(request, passkey, assertion),
                  [this, from, id, name = request.id](const Result<>& written) {
                      if (!written) {
                          tell_ended(requests_.refuse([&](const Request& other) { return other.id == name; },
                                                      "the approval could not be recorded; nothing was sent"));
                          return refuse(from, id, "Nothing was approved: " + written.error().text() + ".");
                      }
                      const Request* const still = requests_.find(name);
                      if (still == nullptr)
                          return refuse(from, id, kGone);
                      remember_decision(*still);
                      tell_approved(name);
                      send(from, {{"type", "done"}, {"id", id}});
                  });
    changed();
}

void Gate::tell_approved(const std::string& name) {
    const Request* const request = requests_.find(name);
    send(request->owner, {{"type", "verdict"},
                          {"id", request->ask},
                          {"request", request->id},
                          {"verdict", to_text(request->state)},
                          {"reason", ""},
                          {"by", request->by}});
    changed();
}

Result<> Gate::on_deny(ConnectionId from, std::int64_t id, const json::object& message) {
    const auto name = text_member(message, "request");
    const auto reason = text_member(message, "reason");
    const Session* const session = session_of(message);
    if (!name || !reason)
        return malformed("deny", (!name ? name : reason).error());
    if (session == nullptr)
        return fail("understand message", "deny", 0, "it is nobody's");
    const auto denied = requests_.deny(*name, now(), session->name, quotable(*reason));
    if (denied) {
        tell_ended({*denied});
        send(from, {{"type", "done"}, {"id", id}});
        return {};
    }
    refuse(from, id, kGone);
    tell_ended(denied.error().ended);
    return {};
}

void Gate::refuse_stranger(ConnectionId to, std::int64_t id, std::string_view reason, std::string_view peer) {
    const auto wait = slowdown_.mistake(peer, clock());
    send(to, {{"type", "refused"}, {"id", id}, {"reason", reason}, {"wait", wait.count()}});
}

}  // namespace anchorhold::gate
