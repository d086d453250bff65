// POST git-receive-pack: read the commands, judge them ref by ref, then let the push go, hold it, or refuse it so that
// git shows why (gitprotocol-http(5), gitprotocol-pack(5)).
#pragma once

#include <string>

#include "shield/egress/hold/held_act.hpp"
#include "shield/egress/http/conversation.hpp"
#include "shield/egress/http/exchange.hpp"

namespace anchorhold::egress {

// The request whose head has just been read. True when the connection can serve another.
Task<bool> serve_push(Conversation& client, const ServerPeers& servers, Holding& holding, std::string repository);

}  // namespace anchorhold::egress
