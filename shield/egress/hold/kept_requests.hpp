// Approval requests that outlive the client that caused them. A client that was told to come again, and does with the
// identical act, finds its request still open, or answered; one of them spends the answer.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "shield/egress/hold/approval_request.hpp"

namespace anchorhold::egress {

class KeptRequests {
  public:
    static constexpr std::size_t kMaxKept = 64;

    // It must outlive the loop.
    explicit KeptRequests(Executor executor) : executor_(executor) {}

    using Ask = std::function<std::shared_ptr<ApprovalRequest>()>;
    // The request that is kept under that key, or a new one. The failure: busy.
    Attempt<std::shared_ptr<ApprovalRequest>> find_or_ask(const std::string& key, const Ask& ask);
    // Gives an answered one up, so that the next identical act asks anew. False: another has done so.
    bool take(const std::string& key, const std::shared_ptr<ApprovalRequest>& request);

  private:
    Task<> keep(std::string key, std::shared_ptr<ApprovalRequest> request);
    bool make_room();

    Executor executor_;
    std::map<std::string, std::shared_ptr<ApprovalRequest>, std::less<>> kept_;  // by what they are about
};

}  // namespace anchorhold::egress
