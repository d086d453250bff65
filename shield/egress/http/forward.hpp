// An allowed request goes up and its answer comes back, with the credential placed on the way up and searched for on
// the way back.
#pragma once

#include <functional>
#include <string>

#include "shield/egress/credential/scrub.hpp"
#include "shield/egress/http/conversation.hpp"
#include "shield/egress/http/exchange.hpp"

namespace anchorhold::egress {

// The connection's route with the lease for that rule (null: none). The failure: credential_in_clear, or gate does not
// lend it now. `again`: what Route says of it.
Task<Attempt<Route>> route_for(Conversation& client, const profile::Rule* rule,
                               std::function<profile::Decision(const profile::Profile&)> again);

// Reads the start of a successful answer and gives what the client gets in its place, searched for credentials; what
// follows goes on as it comes. Gives the answer's head up. `host` is the server's name. The failure: nothing may go on.
using AnswerStart = Task<Attempt<std::string>> (*)(Exchange& exchange, Scrubber& scrub, std::string host);

struct Forwarding {
    std::string rule = {};               // that allows the request, by its id; may be empty
    FormKind form = FormKind::none;      // as what its body is watched
    AnswerStart answer_start = nullptr;  // null: the answer goes back as it comes
};

// The request whose head has just been read: recorded, then sent. True when the connection can serve another.
Task<bool> forward(Conversation& client, const ServerPeers& servers, Route route, Forwarding how);

struct Forwarded {
    bool reusable = false;  // the connection can serve another request
    int status = 0;         // of the server's answer; 0: none came
};
// The same where the head is given up, bytes of the body were taken, and the record is made.
Task<Forwarded> forward_rest(Conversation& client, const ServerPeers& servers, Route route, OutgoingHead& head,
                             Outgoing& body, AnswerStart answer_start = nullptr);

}  // namespace anchorhold::egress
