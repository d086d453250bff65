// The kind "http.request": any HTTP request that is not git's (docs/design.md, "The action record").
#pragma once

#include "shield/action/action.hpp"

namespace anchorhold::action {

extern const Kind kHttpRequest;

}  // namespace anchorhold::action
