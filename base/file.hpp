// Small files whole: read within a limit, replaced so that a power cut leaves the old one or the new one.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace anchorhold {

// EFBIG beyond `limit` bytes; a missing file is an error with ENOENT.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t limit);

// Written beside it, fsynced, renamed over it, and the directory fsynced.
[[nodiscard]] Result<> replace_file(const std::string& path, std::string_view content, mode_t mode);

}  // namespace anchorhold
