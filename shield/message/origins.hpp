// The origins the page may be opened at (RFC 6454): scheme, host and port, exactly as a browser sends them. The console
// serves no others, the gatekeeper takes no passkey's signature from others.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace anchorhold {

inline constexpr std::string_view kDefaultOrigin = "http://anchor.shield.localhost:8711";

struct Origin {
    std::string text;       // "http://anchor.shield.localhost:8711"
    std::string authority;  // what Host says there: "anchor.shield.localhost:8711"
};

// One a line; empty lines are skipped, no line at all means the default. Never empty. The first is shown to people.
// An error names the line: only lower-case http and https, no path, no user, no default port spelled out.
[[nodiscard]] Result<std::vector<Origin>> parse_origins(std::string_view text);

// anchorhold.console.origins in that directory of credentials, or the default where there is none.
[[nodiscard]] Result<std::vector<Origin>> load_origins(const std::string& credentials);

}  // namespace anchorhold
