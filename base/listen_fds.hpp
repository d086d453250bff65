// Sockets that init made and passed on, by name: sd_listen_fds_with_names(3).
#pragma once

#include <string_view>

#include "base/error.hpp"
#include "base/unique_fd.hpp"

namespace anchorhold {

// Takes the descriptor of that name, close-on-exec set; an error names what init did not pass.
Result<UniqueFd> take_listen_fd(std::string_view name);

}  // namespace anchorhold
