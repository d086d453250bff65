// What an agent reads on a refusal: why, and where to learn more.
#pragma once

#include <string>
#include <string_view>

namespace anchorhold::egress {

[[nodiscard]] std::string refusal_text(std::string_view reason, std::string_view url);

// The same as one line: for the status line, which is all that wget, pip and urllib print, and for protocols that have
// room for a line. Printable ASCII, at most 200 bytes, whatever the reason holds: what came from the agent or a person
// cannot end the line.
[[nodiscard]] std::string refusal_phrase(std::string_view reason);

}  // namespace anchorhold::egress
