// The gatekeeper, as egress speaks to it (docs/design.md, "egress → gate"): the profile in force, leases, asks.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "shield/egress/credential/echoes.hpp"
#include "shield/egress/io/signal.hpp"
#include "shield/egress/peers/lease.hpp"
#include "shield/egress/peers/link.hpp"
#include "shield/egress/peers/policy.hpp"

namespace anchorhold::egress {

class Gate {
  public:
    // After prepare_secret_memory().
    Gate(Executor executor, const std::string& path)
        : executor_(executor), link_(executor, path), room_(echo::kMaxSecretBytes) {}

    // For ever. `changed` is called whenever the policy is another.
    Task<> keep(std::function<void()> changed);

    [[nodiscard]] bool up() const { return link_.up(); }
    [[nodiscard]] const Policy& policy() const { return policy_; }
    // True once the first answer about the policy has come since the connection.
    [[nodiscard]] bool answered() const { return answered_; }

    // Kept as long as gate lends it, and handed out while it lasts a while. The failure: gate_gone, lease_refused (its
    // detail is gate's reason) or no_memory.
    Task<Attempt<LeasePtr>> lease(const std::string& credential, const std::string& host, const std::string& rule);

    // Of all credentials that the profile lists for the host; kept while gate has that profile in force. The
    // failure: gate does not say (gate_gone, search_refused), so no answer of the host could be searched; no_memory.
    Task<Attempt<EchoesPtr>> echoes(std::shared_ptr<const profile::Profile> profile, std::string host);
    // Called with the name of a credential that gate withholds from now on.
    void when_withheld(std::function<void(std::string_view)> handler) { when_withheld_ = std::move(handler); }
    [[nodiscard]] bool withheld(std::string_view credential) const { return withheld_.contains(credential); }
    // A credential came back in an answer.
    void echoed(const std::string& credential, const std::string& host, const std::string& rule,
                const std::string& path);

    using Answer = Attempt<json::object>;  // the failure: gate_gone; ask_refused for what is too long to be asked

    // A question that a person answers. It is withdrawn (`cancel`) when this goes while no verdict has come.
    class Ask {
      public:
        Ask(Gate& gate, std::int64_t id);
        ~Ask();
        Ask(const Ask&) = delete;
        Ask& operator=(const Ask&) = delete;

        // The next word of gate: pending, refused, verdict.
        [[nodiscard]] Mailbox<Answer>& answers() { return *answers_; }
        void settled() { settled_ = true; }
        // Nobody waits for a verdict any more.
        void withdraw();

      private:
        Gate& gate_;
        std::int64_t id_;
        std::shared_ptr<Mailbox<Answer>> answers_;
        bool settled_ = false;
    };
    std::shared_ptr<Ask> ask(const json::object& action, const std::string& rule);

    // Spends an approval: the facts as read again from the bytes about to be sent. A lease, or null where the rule
    // places no credential. The failure: gate_gone, consume_refused or no_memory.
    Task<Attempt<LeasePtr>> consume(const std::string& request, const json::object& action,
                                    const std::string& credential);

    // What upstream made of an approved act, for whoever approved it.
    struct Outcome {
        std::int64_t status = 0;    // HTTP's; 0: no answer came
        std::optional<bool> taken;  // nothing: what became of it is not known
        json::array refused;        // {"ref","reason"} of a push, the first ones
        std::string text;           // why, where it is not taken or not known
    };
    void tell(const std::string& request, Outcome outcome);

  private:
    std::shared_ptr<Mailbox<Answer>> expect(std::int64_t id);
    // `secret`: what came with the answer. `refusal`: what it is when gate refuses.
    Task<Answer> call(json::object message, Secret& secret, FailureKind refusal);
    void receive(json::object&& message);
    void take_policy(const json::object& message);
    void lost();
    void keep_secret(const json::object& message, std::span<const char> secret);

    Executor executor_;
    Link link_;
    Policy policy_;
    bool answered_ = false;
    std::function<void()> changed_;
    std::function<void(std::string_view)> when_withheld_ = [](std::string_view /*credential*/) {};
    std::set<std::string, std::less<>> withheld_;  // credentials, until gate starts anew
    std::int64_t next_id_ = 1;
    std::map<std::int64_t, std::shared_ptr<Mailbox<Answer>>> waiting_;
    std::map<std::string, LeasePtr, std::less<>> leases_;
    struct Searched {
        std::shared_ptr<const profile::Profile> profile;
        EchoesPtr echoes;
    };
    std::map<std::string, Searched, std::less<>> searched_;  // by host
    std::map<std::int64_t, Secret> secrets_;                 // that came, until their messages are read
    Secret room_;
};

}  // namespace anchorhold::egress
