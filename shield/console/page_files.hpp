// The page's files, read once at start: after that the process needs no file system.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace anchorhold::console {

using PageFiles = std::map<std::string, std::string, std::less<>>;  // by file name

// Every file that the route table names; an error names the one that cannot be read.
[[nodiscard]] Result<PageFiles> load_page_files(const std::string& directory);

}  // namespace anchorhold::console
