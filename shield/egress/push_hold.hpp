// A push that a person must approve: kept on disk, shown to them, and sent on only as the very bytes that were
// approved.
#pragma once

#include <string>

#include "shield/egress/conversation.hpp"
#include "shield/egress/outgoing.hpp"
#include "shield/egress/parse/receive_pack.hpp"

namespace anchorhold::egress {

// A request's head that outlives its place in the input.
class KeptHead {
  public:
    explicit KeptHead(std::string_view bytes) : text_(bytes) { reader_.read(text_); }
    KeptHead(const KeptHead&) = delete;
    KeptHead& operator=(const KeptHead&) = delete;
    [[nodiscard]] const RequestHead& head() const { return reader_.head(); }

  private:
    std::string text_;
    RequestReader reader_;
};

// `body` still has what follows `first`, the bytes in which the commands were read. True when the connection can serve
// another request.
Task<bool> hold_push(Conversation& client, const KeptHead& head, std::string repository, const PushCommands& commands,
                     std::string first, Body& body, const profile::Rule& rule);

}  // namespace anchorhold::egress
