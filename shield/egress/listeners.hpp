// Takes the connections that the firewall redirected here, and finds out where each wanted to go.
#pragma once

#include "base/unique_fd.hpp"
#include "shield/egress/services.hpp"

namespace anchorhold::egress {

// Runs until the process ends.
Task<> accept_redirected(Services& services, UniqueFd listener);

}  // namespace anchorhold::egress
