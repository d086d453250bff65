#include "shield/egress/upstream/sharing.hpp"

#include "base/controls.hpp"

namespace anchorhold::egress {

Sharing sharing_of(std::string_view method, BodyFraming framing, bool vouched) {
    if (framing.kind == BodyKind::none || guard_off("pool"))
        return Sharing::shared;
    // RFC 9110 section 9.3 gives content no meaning in others; a server that expects none may leave it unread.
    if (method != "POST" && method != "PUT" && method != "PATCH")
        return Sharing::alone;
    return vouched ? Sharing::shared : Sharing::last;
}

}  // namespace anchorhold::egress
