#include "shield/gate/gate.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/file.hpp"
#include "shield/message/origins.hpp"

namespace anchorhold::gate {
namespace {

constexpr std::size_t kMaxPerRole = 8;
// The profile and a few statuses: whoever does not read them is told the newest on its next connection.
constexpr std::size_t kMaxQueuedForAgentApi = 8;
constexpr std::int64_t kMaxSleep = 30;  // the wall clock may be set while gate sleeps
constexpr std::size_t kMaxCode = 4096;
constexpr std::string_view kRpId = "shield.localhost";

std::string_view to_text(Gate::Role role) {
    switch (role) {
        case Gate::Role::egress:
            return "egress";
        case Gate::Role::console:
            return "console";
        case Gate::Role::agent_api:
            break;
    }
    return "agent-api";
}

// One line: sd_notify(3) would take a second one for another assignment.
std::string status_text(const Policy& policy) {
    std::string text = policy.accepted ? profile::title(policy.accepted->profile) : "no profile: " + policy.reason;
    std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    return text;
}

}  // namespace

Gate::Gate(EventLoop& loop, Settings settings)
    : loop_(loop),
      settings_(std::move(settings)),
      audit_(loop, settings_.audit,
             {.greeting =
                  [this] {
                      const std::size_t lost = audit_.dropped();
                      return started_event(
                          settings_.workstation,
                          lost == 0 ? "" : std::to_string(lost) + " records were lost while there was no auditor");
                  },
              .up = [this] { audit_up(); },
              .down = [this] { audit_down(); }}) {}

Result<std::unique_ptr<Gate>> Gate::create(EventLoop& loop, Settings settings) {
    std::unique_ptr<Gate> made(new Gate(loop, std::move(settings)));
    const Settings& from = made->settings_;
    auto vault = Vault::load(from.credentials);
    auto origins = load_origins(from.credentials);
    auto passkeys = passkey::load_store(from.state + "/passkeys.json");
    const auto code = read_file(from.credentials + "/anchorhold.enrol", kMaxCode);
    auto logins = Logins::create();
    if (!vault || !origins)
        return std::unexpected(!vault ? vault.error() : origins.error());
    if (!logins)
        return std::unexpected(logins.error());
    if (!passkeys)
        return std::unexpected(passkeys.error());
    if (!code && code.error().number != ENOENT)
        return std::unexpected(code.error());
    made->vault_ = std::move(*vault);
    made->party_.id = kRpId;
    for (Origin& origin : *origins)
        made->party_.origins.push_back(std::move(origin.text));
    made->passkeys_ = std::move(*passkeys);
    made->enrolment_ = Enrolment::load(code ? *code : "", from.state + "/enrolment.json");
    made->logins_ = *logins;
    made->set_policy(take_policy(
        {.credentials = from.credentials, .allowed_signers = from.allowed_signers, .state = from.state}, made->now()));
    return made;
}

Result<> Gate::serve(UniqueFd listener) {
    auto acceptor = Acceptor::start(loop_, std::move(listener), "a shield process",
                                    [this](UniqueFd fd, const sockaddr_storage&) { accept(std::move(fd)); });
    // What has expired meanwhile ends now: the timer goes by a clock that stood still as well.
    auto clock = ClockWatch::create(loop_, [this](std::int64_t milliseconds) {
        audit_.note(clock_event(settings_.workstation, milliseconds));
        tick();
    });
    if (!acceptor)
        return std::unexpected(acceptor.error());
    if (!clock)
        return std::unexpected(clock.error());
    clock_ = std::move(*clock);
    acceptor_ = std::move(*acceptor);
    audit_.start();
    return {};
}

void Gate::accept(UniqueFd fd) {
    make_room_for_packets(fd.get());
    const auto peer = peer_of(fd.get());
    if (peer && peer->uid == settings_.egress_uid)
        return adopt(std::move(fd), Role::egress);
    if (peer && peer->uid == settings_.console_uid)
        return adopt(std::move(fd), Role::console);
    if (peer && peer->uid == settings_.agent_api_uid)
        return adopt(std::move(fd), Role::agent_api);
    audit_.note(turned_away_event(settings_.workstation, "gate.connect",
                                  peer ? "uid " + std::to_string(peer->uid) : "unknown",
                                  "only egress, the console and agent-api may speak to the gatekeeper"));
}

void Gate::adopt(UniqueFd fd, Role role) {
    if (std::ranges::count(peers_, role, [](const auto& entry) { return entry.second.role; }) >=
        static_cast<std::ptrdiff_t>(kMaxPerRole))
        return note_turned_away(role, "gate.connect", "too many connections");
    const ConnectionId id = next_peer_++;
    auto connection =
        ChannelConnection::open(loop_, std::move(fd),
                                {.message = [this, id](json::object&& message) { receive(id, std::move(message)); },
                                 .closed = [this, id](const std::string& problem) { drop(id, problem); }},
                                role == Role::agent_api ? kMaxQueuedForAgentApi : ChannelConnection::kMaxQueued);
    if (connection)
        peers_.emplace(id, Peer{.role = role, .connection = std::move(*connection)});
}

void Gate::receive(ConnectionId from, json::object&& message) {
    const auto understood = [&] {
        switch (peers_.at(from).role) {
            case Role::egress:
                return from_egress(from, message);
            case Role::console:
                return from_console(from, message);
            case Role::agent_api:
                break;
        }
        return from_agent_api(from, message);
    }();
    if (!understood)
        drop(from, understood.error().text());
}

// Whoever has taken agent-api over can be refused as often as it likes, and must fill no log.
void Gate::note_turned_away(Role role, std::string_view operation, std::string reason) {
    if (role == Role::agent_api) {
        const auto count = refused_agent_api_.should_log(1, clock());
        if (count == 0)
            return;
        if (count > 1)
            reason += " (" + std::to_string(count) + " refusals)";
    }
    audit_.note(turned_away_event(settings_.workstation, operation, to_text(role), reason));
}

void Gate::drop(ConnectionId which, const std::string& problem) {
    const auto at = peers_.find(which);
    const Role role = at->second.role;
    const bool watched = console_watches();
    peers_.erase(at);
    if (!problem.empty())
        note_turned_away(role, "gate.message", "a malformed message ended the connection: " + problem);
    if (role == Role::egress)
        tell_ended(requests_.refuse([&](const Request& request) { return request.owner == which; },
                                    "egress stopped; nothing was sent"));
    else if (watched && !console_watches()) {
        tell_ended(requests_.refuse([](const Request& request) { return request.state == State::pending; },
                                    "the approval console stopped; nothing was sent"));
        tell_agent_api();
    }
}

void Gate::send(ConnectionId to, const json::object& message) {
    if (const auto at = peers_.find(to); at != peers_.end())
        at->second.connection->send(message);
}

void Gate::send_secret(ConnectionId to, json::object message, const std::string& credential) {
    const auto at = peers_.find(to);
    const auto secret = vault_.find(credential);
    if (at == peers_.end() || !secret)
        return;
    message["secret_bytes"] = static_cast<std::int64_t>(secret->size());
    at->second.connection->send(message, *secret);
}

void Gate::refuse(ConnectionId to, std::int64_t id, std::string_view reason) {
    send(to, {{"type", "refused"}, {"id", id}, {"reason", reason}});
}

bool Gate::console_watches() const {
    return std::ranges::any_of(peers_, [](const auto& entry) { return entry.second.watching; });
}

json::object Gate::policy_message() const {
    if (!policy_.accepted)
        return {{"type", "no-policy"}, {"reason", policy_.reason}};
    const auto& profile = policy_.accepted->profile;
    return {{"type", "policy"},
            {"profile", policy_.text},
            {"name", profile.name},
            {"version", profile.version},
            {"digest", to_hex(profile.digest)}};
}

void Gate::set_policy(Policy policy) {
    policy_ = std::move(policy);
    audit_.note(policy_event(settings_.workstation, policy_));
    if (settings_.status)
        settings_.status(status_text(policy_));
    tell_ended(requests_.refuse([](const Request&) { return true; }, "the profile in force changed; nothing was sent"));
    const auto message = policy_message();
    for (auto& [id, peer] : peers_) {
        if (peer.told_policy)
            peer.connection->send(message);
    }
    changed();
}

void Gate::audit_up() {
    if (!std::exchange(told_ready_, true) && settings_.ready)
        settings_.ready();
    changed();
}

void Gate::audit_down() {
    tell_ended(requests_.refuse([](const Request&) { return true; }, audit_.why_not() + "; nothing was sent"));
    changed();
}

// What has ended is told to whoever asked, to the log, and to the page.
void Gate::tell_ended(const std::vector<Request>& ended) {
    for (const Request& request : ended) {
        const bool unused = !request.by.empty() && request.state != State::denied;
        audit_.note(unused ? unused_event(request) : ended_event(request));
        send(request.owner, {{"type", "verdict"},
                             {"id", request.ask},
                             {"request", request.id},
                             {"verdict", to_text(request.state)},
                             {"reason", request.reason},
                             {"by", request.by}});
        remember_decision(request);
    }
    if (!ended.empty())
        changed();
}

void Gate::changed() {
    tell_console();
    tell_agent_api();
    arm();
}

void Gate::tick() {
    tell_ended(requests_.expire(now()));
    if (sessions_.expire(now()))
        tell_console();
    std::erase_if(challenges_, [&](const Challenge& challenge) { return now() >= challenge.expires; });
    if (policy_.accepted &&
        profile::expired(policy_.accepted->profile, std::chrono::sys_seconds(std::chrono::seconds(now()))))
        set_policy(
            {.accepted = std::nullopt,
             .text = {},
             .reason = profile::title(policy_.accepted->profile) + " has expired; give the workstation a newer one"});
    arm();
}

void Gate::arm() {
    std::int64_t nap = kMaxSleep;
    if (const auto next = requests_.next_expiry(); next)
        nap = std::min(nap, *next - now());
    if (policy_.accepted)
        nap = std::min(nap, policy_.accepted->profile.expires.time_since_epoch().count() - now());
    auto timer = loop_.after(std::chrono::seconds(std::max<std::int64_t>(nap, 1)), [this] { tick(); });
    if (timer)
        timer_ = std::move(*timer);
}

}  // namespace anchorhold::gate
