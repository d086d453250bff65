// What a held act needs of the protocol that it came by (git/push_hold.cpp, http/request_hold.cpp): how its facts are
// read, what the client is told while it waits, and how the act is sent or refused.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "shield/egress/hold/approval_request.hpp"
#include "shield/egress/hold/spool.hpp"

namespace anchorhold::egress {

struct HoldOptions {
    std::uint64_t max_body_bytes = 0;
    std::chrono::seconds piece_within{};        // each piece of the body must come within that time
    std::chrono::milliseconds between_signs{};  // how often a waiting client is told that it still waits
    std::chrono::milliseconds patience{};       // how long the client waits; zero: until the verdict
    enum class WhenClientLeaves : std::uint8_t {
        withdraw,  // the question goes with the client
        keep,      // the identical act, sent again, takes the same question up (kept_requests.hpp)
    } when_client_leaves = WhenClientLeaves::withdraw;
};

class HoldProtocol {
  public:
    HoldProtocol() = default;
    virtual ~HoldProtocol() = default;
    HoldProtocol(const HoldProtocol&) = delete;
    HoldProtocol& operator=(const HoldProtocol&) = delete;

    [[nodiscard]] virtual HoldOptions options() const = 0;
    // The body may be read from now on.
    virtual Task<Attempt<>> open_body() = 0;
    // From the bytes that will be sent; called twice, before the question and before the approval is spent.
    virtual Task<Attempt<json::object>> read_facts(const Spool& spool) = 0;
    // The body is whole and its facts can be shown. The client may be told of waiting from now on.
    virtual Task<Attempt<>> begin_waiting() = 0;
    // The gatekeeper has taken the question.
    virtual Task<Attempt<>> tell_waiting(const ApprovalRequest& request) = 0;
    virtual Task<Attempt<>> tell_still_waiting(const ApprovalRequest& request) = 0;
    // Takes what must not fail once the approval is spent.
    virtual Attempt<> prepare_sending() = 0;
    // That the act was approved. The failure: auditor_gone.
    virtual Task<Attempt<>> record_approved(const ApprovalRequest& request) = 0;
    // Sends the act and passes its answer on; the end of the flow. True when the connection can serve another request.
    virtual Task<bool> send(const Spool& spool, LeasePtr lease, const ApprovalRequest& request) = 0;
    // The other end: the failure is recorded, and told to a client that is still there. `request`: null before anybody
    // was asked. True when the connection can serve another request.
    virtual Task<bool> refuse(const Failure& failure, const ApprovalRequest* request) = 0;
};

}  // namespace anchorhold::egress
