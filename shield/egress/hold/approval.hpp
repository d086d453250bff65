// A person's answer to a held request, waited for.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "shield/egress/services.hpp"

namespace anchorhold::egress {

struct Verdict {
    bool approved = false;
    std::string reason;  // of a no: one line
};

// One question to gate. Its verdict comes once and stays.
class Approval {
  public:
    // Asks at once.
    Approval(Services& services, const json::object& facts, const profile::Rule& rule);

    // Until gate took the question (true) or refused it: then verdict() is there.
    Task<bool> pending();
    // Until the verdict, at most until `until`; null when it has not come by then.
    Task<const Verdict*> verdict(Clock::time_point until);
    // Somebody else's news end the wait: the client went away.
    void wake();

    [[nodiscard]] const std::string& request() const { return request_; }
    [[nodiscard]] const std::string& url() const { return url_; }
    [[nodiscard]] std::chrono::seconds left() const;
    // "", or a clause: nobody could say yes as things stand.
    [[nodiscard]] std::string nobody() const;

  private:
    void take(const Gate::Answer& answer);
    // A no of our own: the question is withdrawn, so that nobody approves what will not be sent.
    void give_up(std::string reason);

    Services& services_;
    std::shared_ptr<Gate::Ask> ask_;
    std::string request_;
    std::string url_;
    std::int64_t expires_ = 0;    // seconds since 1970
    std::int64_t approvers_ = 1;  // registered passkeys
    bool woken_ = false;
    std::unique_ptr<Verdict> verdict_;
};

}  // namespace anchorhold::egress
