// A request's path as the bytes that servers start from.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace anchorhold::profile {

// The path of an origin-form target, percent-decoded once, without the query; an encoded slash stays as "%2F". The
// error is a clause for a reason ("the path has a broken percent escape"). Refused is what no honest client sends: not
// starting with "/", broken escapes, encoded controls, raw bytes outside visible ASCII, raw "\" and "#".
[[nodiscard]] std::expected<std::string, std::string> decoded_path(std::string_view target);

// "%41%2fb" decoded: "A/b". What is no escape stays.
[[nodiscard]] std::string decoded(std::string_view text);

}  // namespace anchorhold::profile
