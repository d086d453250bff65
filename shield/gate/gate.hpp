// The gatekeeper: holds the secrets, knows the profile in force, asks a person, and lends a credential when the profile
// or the person says so and the audit log has it on disk. AF_UNIX only; who a peer is comes from the kernel.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/acceptor.hpp"
#include "base/clock_watch.hpp"
#include "base/event_loop.hpp"
#include "base/identities.hpp"
#include "base/log_limiter.hpp"
#include "base/token_bucket.hpp"
#include "shield/gate/audit_link.hpp"
#include "shield/gate/enrolment.hpp"
#include "shield/gate/events.hpp"
#include "shield/gate/login.hpp"
#include "shield/gate/policy.hpp"
#include "shield/gate/requests.hpp"
#include "shield/gate/sessions.hpp"
#include "shield/gate/slowdown.hpp"
#include "shield/gate/vault.hpp"
#include "shield/gate/withheld.hpp"
#include "shield/message/channel_connection.hpp"
#include "shield/passkey/client_data.hpp"
#include "shield/passkey/store.hpp"

namespace anchorhold::gate {

struct Settings {
    std::string credentials;  // $CREDENTIALS_DIRECTORY
    std::string state = "/var/lib/anchorhold/gate";
    std::string allowed_signers = "/usr/share/anchorhold/allowed_signers";
    std::string audit = "/run/anchorhold/audit";
    uid_t egress_uid = kEgressUid;
    uid_t console_uid = kConsoleUid;
    uid_t agent_api_uid = kAgentApiUid;
    std::string workstation;                         // host name
    std::function<std::int64_t()> now;               // seconds since 1970
    std::function<void()> ready;                     // once: everything is judged, taken and connected
    std::function<void(const std::string&)> status;  // "profile demo version 1", "no profile: …"
};

// Whether what must be asked could be answered now, in the words of org.anchorhold.Gate1.
struct Readiness {
    std::string_view state;  // "ready", "no-profile", "no-auditor", "no-console", "no-passkey"
    std::string detail;      // a clause for a person
};

class Gate {
  public:
    enum class Role : std::uint8_t { egress, console, agent_api };

    // Reads what the host handed over and the state disk. An error means that gate cannot do its work at all; a bad or
    // missing profile is not one: then everything is refused, with the reason.
    static Result<std::unique_ptr<Gate>> create(EventLoop& loop, Settings settings);

    // Takes connections from the `gate` socket and connects to the auditor.
    Result<> serve(UniqueFd listener);

    // A connection whose role is known already.
    void adopt(UniqueFd fd, Role role);

    // Ends what has run out of time. Called by gate's own timer.
    void tick();

    [[nodiscard]] Readiness readiness() const;

  private:
    // Each ask is two records, and the agent can have any number refused by hanging up.
    static constexpr std::int64_t kMaxAsksAtOnce = 30;
    static constexpr std::chrono::seconds kOneMoreAskEach{2};
    struct Peer {
        Role role = Role::egress;
        std::unique_ptr<ChannelConnection> connection;
        bool told_policy = false;     // has asked for the profile in force, and is told when it changes
        bool watching = false;        // console: is told every change
        bool follows_status = false;  // agent-api: is told every change
        TokenBucket asks{kMaxAsksAtOnce, kOneMoreAskEach};
    };
    struct Challenge {
        Bytes bytes;
        std::int64_t expires = 0;
    };
    struct Decided {
        json::object shown;
        std::size_t bytes = 0;
    };

    Gate(EventLoop& loop, Settings settings);

    // gate.cpp: peers, the profile, the clock, the audit log
    void accept(UniqueFd fd);
    void receive(ConnectionId from, json::object&& message);
    void drop(ConnectionId which, const std::string& problem);
    void send(ConnectionId to, const json::object& message);
    // The message, then the secret as a packet of its own, out of the vault.
    void send_secret(ConnectionId to, json::object message, const std::string& credential);
    void refuse(ConnectionId to, std::int64_t id, std::string_view reason);
    [[nodiscard]] bool console_watches() const;
    void set_policy(Policy policy);
    [[nodiscard]] json::object policy_message() const;
    void audit_up();
    void audit_down();
    void tell_ended(const std::vector<Request>& ended);
    void changed();
    void arm();
    // A refusal of a peer, as it is recorded.
    void note_turned_away(Role role, std::string_view operation, std::string reason);
    [[nodiscard]] std::int64_t now() const { return settings_.now(); }
    [[nodiscard]] TokenBucket::Clock::time_point clock() const {
        return TokenBucket::Clock::time_point(std::chrono::seconds(now()));
    }

    // gate_egress.cpp: what egress may ask. An error: the message is malformed.
    Result<> from_egress(ConnectionId from, const json::object& message);
    Result<> on_ask(ConnectionId from, std::int64_t id, const json::object& message);
    Result<> on_consume(ConnectionId from, std::int64_t id, const json::object& message);
    void on_cancel(ConnectionId from, std::int64_t id);
    Result<> on_outcome(ConnectionId from, const json::object& message);
    void remember_sent(const Request& request);
    [[nodiscard]] Result<Request> new_request(ConnectionId from, std::int64_t id, const json::object& facts,
                                              const profile::Rule& rule, const profile::Profile& profile) const;

    // gate_leases.cpp: which secrets leave the vault
    Result<> on_lease(ConnectionId from, std::int64_t id, const json::object& message);
    Result<> on_search(ConnectionId from, std::int64_t id, const json::object& message);
    Result<> on_echoed(const json::object& message);
    void give_lease(ConnectionId to, std::int64_t id, const std::string& credential, const profile::Profile& profile);
    // Empty: it may be lent, or there is none to lend.
    [[nodiscard]] std::string why_not_lend(const std::string& credential) const;

    // gate_console.cpp: what the console may ask
    Result<> from_console(ConnectionId from, const json::object& message);
    Result<> on_register_options(ConnectionId from, std::int64_t id, const json::object& message);
    Result<> on_register(ConnectionId from, std::int64_t id, const json::object& message);
    void keep_passkey(ConnectionId from, std::int64_t id, const passkey::Passkey& passkey);
    Result<> on_approve_options(ConnectionId from, std::int64_t id, const json::object& message);
    Result<> on_approve(ConnectionId from, std::int64_t id, const json::object& message);
    Result<> on_deny(ConnectionId from, std::int64_t id, const json::object& message);
    // A refusal of whoever has shown neither code nor passkey; the console takes its time with one too many.
    void refuse_stranger(ConnectionId to, std::int64_t id, std::string_view reason, std::string_view peer);
    void approve(const Request& request, const passkey::Passkey& passkey, const passkey::Assertion& assertion,
                 ConnectionId from, std::int64_t id);
    void keep_count(passkey::Passkey& passkey, const passkey::Assertion& assertion);
    void tell_approved(const std::string& request);
    void tell_console();
    // A refusal of whoever reaches the page, as it is recorded; nothing: there are so many that it is not.
    std::optional<std::string> telling(std::string reason);
    void remember_decision(const Request& request);
    void trim_recent();

    // gate_agent.cpp: what agent-api may ask, and is told
    Result<> from_agent_api(ConnectionId from, const json::object& message);
    void tell_agent_api();
    [[nodiscard]] json::object status_message() const;

    // gate_sessions.cpp: who asks
    Result<> on_session(ConnectionId from, std::int64_t id, const json::object& message);
    Result<> on_login_options(ConnectionId from, std::int64_t id);
    Result<> on_login(ConnectionId from, std::int64_t id, const json::object& message);
    void on_sign_out(ConnectionId from, std::int64_t id, const Session& session);
    void on_sign_out_others(ConnectionId from, std::int64_t id, const Session& session);
    void begin_session(ConnectionId from, std::int64_t id, std::string_view name);
    // The one that the message's `session` opens; null: none.
    [[nodiscard]] const Session* session_of(const json::object& message) const;
    [[nodiscard]] json::array shown_sessions() const;

    [[nodiscard]] static json::object shown(const Request& request);

    EventLoop& loop_;
    Settings settings_;
    passkey::RelyingParty party_;
    Vault vault_;
    Withheld withheld_;
    Policy policy_;
    passkey::Store passkeys_;
    Enrolment enrolment_;
    Logins logins_;
    Sessions sessions_;
    Slowdown slowdown_;
    Requests requests_;
    std::deque<Challenge> challenges_;  // of registrations under way
    std::deque<Decided> recent_;        // newest first
    std::deque<Request> sent_;          // approvals that were spent and whose outcome is not known yet
    AuditLink audit_;
    LogLimiter refused_at_page_;
    LogLimiter refused_agent_api_;
    std::map<ConnectionId, Peer> peers_;
    ConnectionId next_peer_ = 1;
    std::unique_ptr<Acceptor> acceptor_;
    Watch timer_;
    std::unique_ptr<ClockWatch> clock_;
    bool told_ready_ = false;
};

}  // namespace anchorhold::gate
