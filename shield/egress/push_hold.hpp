// A push that a person must approve: kept on disk, shown to them, and sent on only as the very bytes that were
// approved.
#pragma once

#include <string>

#include "shield/egress/conversation.hpp"
#include "shield/egress/kept_head.hpp"
#include "shield/egress/outgoing.hpp"
#include "shield/egress/parse/receive_pack.hpp"

namespace anchorhold::egress {

// `body` still has what follows `first`, the bytes in which the commands were read. True when the connection can serve
// another request.
Task<bool> hold_push(Conversation& client, const KeptHead& head, std::string repository, const PushCommands& commands,
                     std::string first, Body& body, const profile::Rule& rule);

}  // namespace anchorhold::egress
