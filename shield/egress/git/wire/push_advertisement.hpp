// What a server offers to one who wants to push, with some words changed: gitprotocol-http(5),
// gitprotocol-capabilities(5).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "shield/http/refusal.hpp"

namespace anchorhold::egress {

struct Advertisement {
    ReadState state = ReadState::need_more;
    std::size_t consumed = 0;  // this many bytes of the buffer …
    std::string rewritten;     // … are to be sent as these; all that follows goes on untouched
    Refusal refusal;           // status 502: not an advertisement of git-receive-pack
};

// The body of `…/info/refs?service=git-receive-pack`, not compressed, over a growing buffer that starts at its first
// byte. `no-thin` is added: packs then have no delta against objects that only the server has, so that every commit in
// them can be counted. `push-cert` and `push-options` are left out: a push that has them is refused later. An `ERR`
// line and an empty advertisement pass as they are. The length of the body changes: send it on chunked. At most four
// pkt-lines are asked for.
[[nodiscard]] Advertisement rewrite_push_advertisement(std::string_view buffer);

}  // namespace anchorhold::egress
