// What the profile says about a request that somebody thinks of making, in words. Pure.
#pragma once

#include <string_view>

#include "shield/agent_api/bus_answers.hpp"
#include "shield/agent_api/policy.hpp"

namespace anchorhold::agent_api {

// `method` is an HTTP method, or "fetch", "clone" or "push" with a repository's URL; "push" takes the ref as the URL's
// fragment ("https://git.demo.test/acme/app.git#refs/heads/main"), by default an update of refs/heads/main.
// URLs of git's own requests are understood as what they are.
[[nodiscard]] BusWhy why(const Policy& policy, std::string_view method, std::string_view url);

}  // namespace anchorhold::agent_api
