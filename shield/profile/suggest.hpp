// Hints for words that someone mistyped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace anchorhold::profile {

// `did you mean "host"?` when a known word is near, else nothing.
[[nodiscard]] std::string suggestion(std::string_view word, const std::vector<std::string_view>& known);

// Between double quotes, control characters (a terminal's orders) as "?".
[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace anchorhold::profile
