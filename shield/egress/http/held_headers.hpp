// The fields of a held request that a person signs with the rest of it: with another SOAPAction, or another version in
// Accept, it would be another act. Pure.
#pragma once

#include "shield/egress/io/failure.hpp"
#include "shield/http/http1_write.hpp"
#include "shield/message/canonical_json.hpp"

namespace anchorhold::egress {

// {"name","value"} of every field of the client that goes up, names in lower case, in the order and as often as sent.
// What the writer sets itself is the same for every request of its kind. The failure (not_presentable): more than a
// person can be shown, or bytes that cannot be shown.
[[nodiscard]] Attempt<json::array> held_headers(const RequestHead& head, const Rewrite& rewrite);

}  // namespace anchorhold::egress
