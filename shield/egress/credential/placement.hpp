// Where a credential may be placed at all.
#pragma once

#include <string_view>

#include "shield/egress/io/failure.hpp"

namespace anchorhold::egress {

// Whether that credential (its name in the profile; empty: none) may be placed for a client whose connection has TLS or
// not. The failure: credential_in_clear.
[[nodiscard]] Attempt<> may_be_placed(std::string_view credential, bool secure);

}  // namespace anchorhold::egress
