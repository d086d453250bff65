// The one way of an act that a person must approve, whatever protocol it came by: its body to disk, the facts that are
// shown, the question, the wait, the facts again from the same bytes, the approval spent, the record, and up.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "shield/egress/hold/hold_protocol.hpp"
#include "shield/egress/hold/kept_requests.hpp"

namespace anchorhold::egress {

// What all held acts share; one a process.
struct Holding {
    // Room for a body of at most so many bytes.
    using MakeSpool = std::function<Attempt<Spool>(std::uint64_t max_bytes)>;
    Holding(const ApprovalRequest::Peers& shield, MakeSpool spools)
        : peers(shield), make_spool(std::move(spools)), kept(shield.executor) {}
    ApprovalRequest::Peers peers;
    MakeSpool make_spool;
    KeptRequests kept;
    std::size_t pack_scans = 0;  // that read a pack just now (git/push_hold.cpp)
};

// Who asks, and by which rule.
struct HeldBy {
    const profile::Profile& profile;
    const profile::Rule& rule;
    bool secure = false;  // the client's connection has TLS
};

class HeldAct {
  public:
    HeldAct(Holding& holding, HoldProtocol& protocol, HeldBy by) : holding_(holding), protocol_(protocol), by_(by) {}

    // `body` has what follows `first`; `client` is the stream that it comes from. True when the connection can serve
    // another request.
    Task<bool> run(std::string_view first, Body& body, Stream& client);

  private:
    // Until the approval is spent and recorded: the lease, or null where the rule places no credential.
    Task<Attempt<LeasePtr>> approve(std::string_view first, Body& body, Stream& client);
    Task<Attempt<>> ask(const json::object& facts, Stream& client);
    // `gone`: the client is; `news` is set when that changes.
    Task<Attempt<>> wait(Signal& news, const bool& gone);

    Holding& holding_;
    HoldProtocol& protocol_;
    HeldBy by_;
    std::optional<Spool> spool_;
    std::shared_ptr<ApprovalRequest> request_;  // once asked
};

}  // namespace anchorhold::egress
