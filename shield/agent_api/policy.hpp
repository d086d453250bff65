// The profile in force, as gate told it, or why there is none.
#pragma once

#include <optional>
#include <string>

#include "shield/profile/profile.hpp"

namespace anchorhold::agent_api {

struct Policy {
    std::optional<profile::Profile> profile;
    std::string why_none;  // a clause for a person, when there is none
};

}  // namespace anchorhold::agent_api
