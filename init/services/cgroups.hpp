// The cgroups of the shield as rows: a reserve that the agent cannot take, and each service's limits. The agent's cell
// has its own beside them (cell/workstation.cpp).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fw/ruleset.hpp"
#include "init/launch/cgroup.hpp"
#include "init/services/services.hpp"

namespace anchorhold::init {

// In the order in which they are made: the root first, then the shield's, then one for each service.
std::vector<CgroupRow> cgroup_rows(std::span<const ServiceRow> services);
std::string cgroup_of(std::string_view service);
// As the fence knows it.
Result<fw::Cgroup> find_cgroup(std::string_view service);

}  // namespace anchorhold::init
