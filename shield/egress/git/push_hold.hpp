// A push that a person must approve: kept on disk, shown to them, and sent on only as the very bytes that were
// approved.
#pragma once

#include <string>

#include "shield/egress/git/wire/receive_pack.hpp"
#include "shield/egress/http/conversation.hpp"
#include "shield/egress/http/kept_head.hpp"
#include "shield/egress/http/outgoing.hpp"

namespace anchorhold::egress {

// `body` still has what follows `first`, the bytes in which the commands were read. True when the connection can serve
// another request.
Task<bool> hold_push(Conversation& client, const KeptHead& head, std::string repository, const PushCommands& commands,
                     std::string first, Body& body, const profile::Rule& rule);

}  // namespace anchorhold::egress
