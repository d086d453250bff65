// What egress' connections work with, one of each a process, made by run(). Each room is given its own part.
#pragma once

#include "shield/egress/hold/held_act.hpp"
#include "shield/egress/http/conversation.hpp"
#include "shield/egress/http/exchange.hpp"
#include "shield/egress/names/names.hpp"
#include "shield/egress/tls/tls.hpp"

namespace anchorhold::egress {

// Of a request: whom it may go up to, and where it waits for a person.
struct Ways {
    const ServerPeers& servers;
    Holding& holding;
};

// Of a connection.
struct Services {
    const ConversationPeers& conversations;
    Ways ways;
    const Names& names;
    const AgentTls& agent_tls;
    RefusalLog refused_connections = {};
};

}  // namespace anchorhold::egress
