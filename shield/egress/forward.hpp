// An allowed request goes up and its answer comes back, with the credential placed on the way up and searched for on
// the way back.
#pragma once

#include "shield/egress/conversation.hpp"
#include "shield/egress/exchange.hpp"

namespace anchorhold::egress {

// The connection's route with the lease for that rule (null: none). An error: gate does not lend it now.
Task<Result<Route>> route_for(Conversation& client, const profile::Rule* rule);

// The request whose head has just been read; `first` are bytes of its body already taken (the head is then given up).
// True when the connection can serve another.
Task<bool> forward(Conversation& client, Route route);
Task<bool> forward_rest(Conversation& client, Route route, const OutgoingHead& head, Outgoing& body,
                        BodyFraming framing);

}  // namespace anchorhold::egress
