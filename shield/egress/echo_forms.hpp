// The forms in which a server may give a secret back: as it is, in base64, and as JSON, a URL or HTML spell it.
#pragma once

#include <vector>

#include "shield/egress/secret.hpp"

namespace anchorhold::egress {

// Each form once, the secret itself among them. Base64 (RFC 4648, both alphabets) is found wherever the secret stands
// in what was encoded: of each of the three alignments the characters that depend on nothing else. Throws
// std::bad_alloc.
[[nodiscard]] std::vector<Secret> echo_forms(const Secret& secret);

}  // namespace anchorhold::egress
