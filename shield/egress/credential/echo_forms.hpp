// The codings in which a server may give a secret back: as it is, in hex and base64, and one of these in another. How
// any of them is then spelled (JSON, URLs, HTML, line breaks, case) is the search's matter
// (shield/echo/normal_form.hpp).
#pragma once

#include "shield/echo/index.hpp"
#include "shield/egress/io/secret.hpp"

namespace anchorhold::egress {

// Base64 is found wherever the secret stands in what was encoded, so also in that of "user:secret": of each of the
// three alignments the characters that depend on nothing else are looked for, and those beside them overwritten too.
// Throws std::bad_alloc.
void add_echo_forms(echo::Index& index, const Secret& secret, std::uint32_t number);

}  // namespace anchorhold::egress
