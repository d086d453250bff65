// The kind "git.push": a push to a git repository over smart HTTP (docs/design.md, "The action record").
#pragma once

#include "shield/action/action.hpp"

namespace anchorhold::action {

extern const Kind kGitPush;

}  // namespace anchorhold::action
