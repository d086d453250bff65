// A small file, whole.
#pragma once

#include <cstddef>
#include <string>

#include "base/error.hpp"

namespace anchorhold::console {

// EFBIG beyond `limit` bytes.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t limit);

}  // namespace anchorhold::console
