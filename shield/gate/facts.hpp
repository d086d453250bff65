// What egress says a held request is, checked before a person is asked: exactly the members of its kind, and really
// what the rule that asks is about. Gate trusts egress' reading of the bytes, not its judgement. Pure.
#pragma once

#include <string_view>

#include "shield/message/canonical_json.hpp"
#include "shield/profile/profile.hpp"

namespace anchorhold::gate {

// The facts of docs/design.md, "The action record", from `kind` to `body_bytes`; what gate adds itself is refused here.
// The error's detail is a clause for a person.
[[nodiscard]] Result<> check_facts(const json::object& facts);

// The rule of that id, when the profile asks about these facts and by that rule. `facts` have been checked.
[[nodiscard]] Result<const profile::Rule*> asking_rule(const json::object& facts, std::string_view rule,
                                                       const profile::Profile& profile);

}  // namespace anchorhold::gate
