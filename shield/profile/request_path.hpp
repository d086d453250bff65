// One meaning for a request's path, or none: what two servers could read differently is refused, not guessed.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace anchorhold::profile {

// The path of an origin-form target, percent-decoded once, without the query. The error is a clause for a reason
// ("the path has a dot segment"). Refused: not starting with "/", "//", "." and ".." segments, these three also where
// ";…" is cut off, backslash, %2e %5c %00 and encoded controls, %25 (double encoding), broken escapes, raw bytes
// outside visible ASCII, "#", and what is not UTF-8 after decoding; and %2f, unless `encoded_slash` says what stands
// for it.
[[nodiscard]] std::expected<std::string, std::string> canonical_path(std::string_view target,
                                                                     std::string_view encoded_slash = {});

// "/a/b" of "/a;x/b;y=1": servlet containers cut ";…" off each segment.
[[nodiscard]] std::string without_parameters(std::string_view path);

}  // namespace anchorhold::profile
