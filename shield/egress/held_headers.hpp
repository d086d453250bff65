// The fields of a held plain request that a person signs with the rest of it: with another SOAPAction or Destination
// it would be another act. Pure.
#pragma once

#include "shield/egress/parse/http1_write.hpp"
#include "shield/message/canonical_json.hpp"

namespace anchorhold::egress {

// {"name","value"} of every field that goes up, names in lower case, in the order and as often as sent; all but those
// that say nothing about the act (the table in held_headers.cpp). An error: more than a person can be shown, or bytes
// that cannot be shown.
[[nodiscard]] Result<json::array> held_headers(const RequestHead& head, const Rewrite& rewrite);

}  // namespace anchorhold::egress
