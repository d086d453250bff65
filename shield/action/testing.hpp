// Facts as egress gives them, of acts that the profile of the tests (shield/profile/testing.hpp) asks about.
#pragma once

#include <string_view>

#include "shield/message/canonical_json.hpp"

namespace anchorhold::action {

// A push to acme/app; its rule is "app-push".
[[nodiscard]] json::object push_facts(std::string_view ref = "refs/heads/main");

// A plain request with that body, of which a person is shown `shown`; its rule is "api-write".
[[nodiscard]] json::object request_facts(std::string_view body, const json::value& shown);

// The same facts with another value of one member.
[[nodiscard]] json::object with(json::object facts, std::string_view member, json::value value);

}  // namespace anchorhold::action
