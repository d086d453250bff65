// A plain request that a person must approve: how an HTTP client is told of it (hold/held_act.hpp has the flow). It
// waits for a while, then gets 403 "pending"; the identical retry takes the question up again, and an approval is spent
// once.
#pragma once

#include "shield/egress/hold/held_act.hpp"
#include "shield/egress/http/conversation.hpp"
#include "shield/egress/http/exchange.hpp"
#include "shield/http/form_watch.hpp"

namespace anchorhold::egress {

// The request whose head has just been read; nobody is asked about a body that, read as that form, makes another method
// of it. True when the connection can serve another.
Task<bool> hold_request(Conversation& client, const ServerPeers& servers, Holding& holding, const profile::Rule& rule,
                        FormKind form);

}  // namespace anchorhold::egress
