// The cgroup tree: the shield's groups with a reserve that the agent cannot take; the cell makes its own beside them.
#pragma once

#include "fw/ruleset.hpp"
#include "init/services/services.hpp"
#include "init/system/system.hpp"

namespace anchorhold::init {

Result<> make_cgroups(System& system, std::span<const ServiceRow> services);
std::string cgroup_of(std::string_view service);
// As the fence knows it.
Result<fw::Cgroup> find_cgroup(std::string_view service);

}  // namespace anchorhold::init
