// An allowed request goes up and its answer comes back, with the credential placed on the way up and searched for on
// the way back.
#pragma once

#include "shield/egress/http/conversation.hpp"
#include "shield/egress/http/exchange.hpp"

namespace anchorhold::egress {

// The connection's route with the lease for that rule (null: none). An error: gate does not lend it now.
// `again`: what Route says of it.
Task<Result<Route>> route_for(Conversation& client, const profile::Rule* rule,
                              std::function<profile::Decision(const profile::Profile&)> again);

// How the answer goes back: as it comes, or with the start of a push's advertisement rewritten (push_offer.hpp).
enum class Answered : std::uint8_t { as_is, push_offer };

// The request whose head has just been read, which `rule` (its id, or empty) allows: recorded, then sent; its body is
// watched as that form. True when the connection can serve another.
Task<bool> forward(Conversation& client, Route route, const std::string& rule, Answered answered = Answered::as_is,
                   FormKind form = FormKind::none);
// The same where the head is given up and bytes of the body were taken.
Task<bool> forward_rest(Conversation& client, Route route, OutgoingHead& head, Outgoing& body,
                        Answered answered = Answered::as_is);

}  // namespace anchorhold::egress
