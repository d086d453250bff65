// The facts that every held act has, read from the very bytes that will be sent: once to ask, once more to spend the
// approval (docs/design.md, "The action record", up to body_bytes).
#pragma once

#include <string>
#include <string_view>

#include "shield/egress/hold/spool.hpp"
#include "shield/egress/io/asio.hpp"
#include "shield/message/canonical_json.hpp"

namespace anchorhold::egress {

struct HeldRequest {
    std::string method;
    std::string url;
    std::string host;
    std::uint16_t port = 443;
    json::array headers = {};  // http/held_headers.hpp
};

// Whoever reads the body along, for facts of its own kind.
class BodyListener {
  public:
    BodyListener() = default;
    virtual ~BodyListener() = default;
    BodyListener(const BodyListener&) = delete;
    BodyListener& operator=(const BodyListener&) = delete;
    // The next bytes. A failure ends the reading and is that of body_facts().
    virtual Attempt<> add(std::string_view bytes) = 0;
};

// method, url, host, port, headers, body_bytes and body_sha256. Others have their turn between two blocks. The failure:
// storage_failed, or the listener's.
Task<Attempt<json::object>> body_facts(HeldRequest request, const Spool& body, BodyListener& listener);

}  // namespace anchorhold::egress
