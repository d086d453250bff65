// A credential that gate lent for a while: what to put into Authorization.
#pragma once

#include <memory>
#include <string>

#include "shield/egress/io/asio.hpp"
#include "shield/egress/io/failure.hpp"
#include "shield/egress/io/secret.hpp"
#include "shield/message/canonical_json.hpp"

namespace anchorhold::egress {

struct Lease {
    std::string credential;
    Secret authorization;  // the field's value: "Basic …" (RFC 7617) or "Bearer …" (RFC 6750)
    Clock::time_point until;
};
using LeasePtr = std::shared_ptr<const Lease>;

// From gate's answer and the secret that came with it. Refuses one that cannot stand in a field value (lease_refused);
// no_memory.
[[nodiscard]] Attempt<LeasePtr> read_lease(const json::object& answer, const Secret& secret,
                                           std::string_view credential);

}  // namespace anchorhold::egress
