// What a profile may say though its operator may not mean it: told by `anchorhold profile check`, and nothing fails.
#pragma once

#include <vector>

#include "shield/profile/profile.hpp"

namespace anchorhold::profile {

// In the order of the rules.
[[nodiscard]] std::vector<Problem> warnings(const Profile& profile);

}  // namespace anchorhold::profile
