// One act that a person is asked about, from the question to the verdict. It goes on by itself; any number of clients
// may wait for it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shield/egress/io/signal.hpp"
#include "shield/egress/peers/audit.hpp"
#include "shield/egress/peers/gate.hpp"
#include "shield/profile/profile.hpp"

namespace anchorhold::egress {

class ApprovalRequest {
  public:
    struct Peers {
        Executor executor;
        Gate& gate;
        Audit& audit;
    };
    // Asks at once. What `peers` refers to must outlive the loop.
    static std::shared_ptr<ApprovalRequest> ask(const Peers& peers, const json::object& facts,
                                                const profile::Rule& rule);

    // The gatekeeper has taken the question: id() and url() are known.
    [[nodiscard]] bool taken() const { return !id_.empty(); }
    // Nothing while nobody has decided; then a value (approved) or why not: ask_refused, denied, expired, withdrawn,
    // gate_gone, auditor_gone. It comes once and stays.
    [[nodiscard]] const std::optional<Attempt<>>& verdict() const { return verdict_; }
    // Until there is a verdict; for one caller.
    Task<> decided();
    // Nobody wants the verdict any more: the question is withdrawn, so that nobody approves what will not be sent.
    void withdraw();

    [[nodiscard]] const std::string& id() const { return id_; }
    [[nodiscard]] const std::string& url() const { return url_; }
    [[nodiscard]] std::chrono::seconds left() const;
    // "", or a clause: nobody could say yes as things stand.
    [[nodiscard]] std::string nobody() const;

    // A client that waits: its signal is set when the question is taken and when the verdict comes.
    class Waiter {
      public:
        Waiter(ApprovalRequest& request, Signal& news);
        ~Waiter();
        Waiter(const Waiter&) = delete;
        Waiter& operator=(const Waiter&) = delete;

      private:
        ApprovalRequest& request_;
        Signal& news_;
    };
    [[nodiscard]] bool has_waiters() const { return !waiters_.empty(); }

  private:
    ApprovalRequest(const Peers& peers, const json::object& facts, const profile::Rule& rule);
    static Task<> run(std::shared_ptr<ApprovalRequest> request);
    void take(const Gate::Answer& answer);
    void decide(Attempt<> verdict);
    // A no of our own.
    void give_up(std::unexpected<Failure> why);

    Audit& audit_;
    std::shared_ptr<Gate::Ask> ask_;  // until there is a verdict
    std::string id_;
    std::string url_;
    std::int64_t expires_ = 0;    // seconds since 1970
    std::int64_t approvers_ = 1;  // registered passkeys
    std::optional<Attempt<>> verdict_;
    Signal decided_;
    std::vector<Signal*> waiters_;
};

}  // namespace anchorhold::egress
