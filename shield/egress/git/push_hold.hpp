// A push that a person must approve: how git is told of it while it waits (hold/held_act.hpp has the flow), and
// upstream's report on its way back.
#pragma once

#include <string>
#include <string_view>

#include "shield/egress/git/wire/receive_pack.hpp"
#include "shield/egress/hold/held_act.hpp"
#include "shield/egress/http/conversation.hpp"
#include "shield/egress/http/exchange.hpp"
#include "shield/egress/http/kept_head.hpp"

namespace anchorhold::egress {

// What it refers to must outlive hold_push().
struct HeldPush {
    const KeptHead& head;
    const std::string& repository;
    const PushCommands& commands;
    std::string_view first;  // the bytes in which the commands were read
    Body& body;              // has what follows them
    const profile::Rule& rule;
};

// True when the connection can serve another request.
Task<bool> hold_push(Conversation& client, const ServerPeers& servers, Holding& holding, HeldPush push);

}  // namespace anchorhold::egress
