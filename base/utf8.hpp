// UTF-8 (RFC 3629), and the part of it that a person can be shown.
#pragma once

#include <string_view>

namespace anchorhold {

// No overlong forms, no surrogates, nothing above U+10FFFF.
[[nodiscard]] bool valid_utf8(std::string_view text) noexcept;

// For text that a person is shown and that goes into the action record. False for malformed UTF-8, C0 and C1 controls,
// DEL, and code points that hide or reorder what stands beside them: zero-width, bidirectional controls, line and
// paragraph separators, the byte order mark, tags, noncharacters.
[[nodiscard]] bool plain_utf8(std::string_view text) noexcept;

// Text as people write it into bodies: valid UTF-8 whose only controls are tab, line feed and carriage return. What
// hides or reorders in it is for the page to spell out.
[[nodiscard]] bool text_utf8(std::string_view text) noexcept;

}  // namespace anchorhold
