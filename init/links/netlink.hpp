// The three rtnetlink(7) requests that init makes, by libnl-route-3. The kernel answers at once; nobody else is waited
// for.
#pragma once

#include <string>

#include "base/error.hpp"

namespace anchorhold::init::netlink {

Result<> raise_link(const std::string& name);
Result<> add_address(const std::string& link, const std::string& prefix);
Result<> add_default_route(const std::string& link, const std::string& gateway);

}  // namespace anchorhold::init::netlink
