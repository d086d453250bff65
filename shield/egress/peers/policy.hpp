// The profile in force, as gate gave it, and why there may be none. Swapped whole; a request keeps the one it began
// with.
#pragma once

#include <memory>
#include <string>

#include "shield/profile/profile.hpp"

namespace anchorhold::egress {

struct Policy {
    std::shared_ptr<const profile::Profile> profile;  // null: nothing is allowed
    std::string title = "no profile";                 // "profile demo version 3"
    std::string why_none = "the gatekeeper has not said which profile is in force";
};

}  // namespace anchorhold::egress
