// Text that a person will be shown and that goes into the action record: valid UTF-8 (RFC 3629) without invisible
// tricks.
#pragma once

#include <string_view>

namespace anchorhold::egress {

// False for malformed UTF-8, C0 and C1 controls, DEL, and code points that hide or reorder what stands beside them:
// zero-width, bidirectional controls, line and paragraph separators, the byte order mark, tags, noncharacters.
[[nodiscard]] bool is_plain_utf8(std::string_view text) noexcept;

}  // namespace anchorhold::egress
