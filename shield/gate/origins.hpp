// Where the page may be opened, for the gate's own check of what a passkey signed; the console reads the same
// credential.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace anchorhold::gate {

inline constexpr std::string_view kRpId = "shield.localhost";
inline constexpr std::string_view kDefaultOrigin = "http://anchor.shield.localhost:8711";

// anchorhold.console.origins: one origin a line, exactly as a browser writes it; the default without any. The first is
// what people are told. An error names the line.
[[nodiscard]] Result<std::vector<std::string>> parse_origins(std::string_view text);
[[nodiscard]] Result<std::vector<std::string>> load_origins(const std::string& credentials);

}  // namespace anchorhold::gate
