// An object of a pack that is written as its difference to another: gitformat-pack(5), "Deltified representation".
// Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace anchorhold::egress {

// What `delta` makes of `base`; nothing where it is malformed, is of another base, or makes more than `most` bytes.
[[nodiscard]] std::optional<std::string> apply_delta(std::string_view base, std::string_view delta, std::size_t most);

}  // namespace anchorhold::egress
