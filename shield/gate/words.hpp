// What a person wrote, made fit to stand in one line before the agent.
#pragma once

#include <string>
#include <string_view>

namespace anchorhold::gate {

inline constexpr std::size_t kMaxWords = 200;  // characters

// One line of characters that can be seen, in any script; what cannot be is a space, and a quotation mark that would
// end the quotation is an apostrophe.
[[nodiscard]] std::string quotable(std::string_view text, std::size_t most = kMaxWords);

}  // namespace anchorhold::gate
