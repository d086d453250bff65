// An approved push goes up, and what its server reports goes back to the git that waits and to whoever approved it.
#pragma once

#include <optional>
#include <string>

#include "shield/egress/git/push_answer.hpp"
#include "shield/egress/git/wire/push_report.hpp"
#include "shield/egress/hold/spool.hpp"
#include "shield/egress/http/exchange.hpp"
#include "shield/egress/http/kept_head.hpp"

namespace anchorhold::egress {

class PushDelivery {
  public:
    // `request`: the approval's id, which gate is told the outcome by.
    PushDelivery(Conversation& client, const ServerPeers& servers, PushAnswer& answer, const PushCommands& commands,
                 std::string request)
        : client_(client),
          servers_(servers),
          answer_(answer),
          report_(commands.capabilities.side_band_64k),
          request_(std::move(request)) {}

    // `room`: of OutgoingHead::take_room(). True: the answer has come to its end, however it was.
    Task<bool> deliver(const KeptHead& head, const Spool& spool, Route route, Secret room);

  private:
    // Upstream's own report goes through; whatever else it says is a failure that is told in words instead
    // (unsearchable_answer, echoed_credential), or, once something has gone back, breaks the answer off.
    Task<Attempt<>> pass_report(Exchange& exchange);
    void tell_outcome(int status, const std::optional<std::string>& problem);

    Conversation& client_;
    const ServerPeers& servers_;
    PushAnswer& answer_;
    PushReport report_;  // upstream's, as it passes by
    std::string request_;
    bool passed_ = false;  // some of it has gone back
};

}  // namespace anchorhold::egress
