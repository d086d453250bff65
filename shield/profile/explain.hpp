// Why a decision is what it is: each rule up to the one that matched, and what it lacked.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "shield/profile/decide.hpp"

namespace anchorhold::profile {

struct Step {
    const Rule* rule = nullptr;
    std::string ref;  // of a push; empty otherwise
    bool matched = false;
    std::string why;  // "its path is /status/**, this one is /admin"; "matches" for the rule that decided
};

struct Explanation {
    Decision decision;
    // In the profile's order, once for each ref of a push and for each reading of a path.
    std::vector<Step> steps;
};

[[nodiscard]] Explanation explain(const Profile& profile, const HttpRequest& request);
[[nodiscard]] Explanation explain(const Profile& profile, const PushRequest& request);
[[nodiscard]] Explanation explain_git_fetch(const Profile& profile, const GitRequest& request);
// As what the target makes the request: plain, or one of git's. A push is judged by `updates`.
[[nodiscard]] Explanation explain_target(const Profile& profile, const HttpRequest& request,
                                         std::span<const RefUpdate> updates);

}  // namespace anchorhold::profile
