// What a held push says about itself, beside what every held act does (hold/body_facts.hpp): once to ask, once more to
// spend the approval (docs/design.md, "The action record").
#pragma once

#include <string>

#include "shield/egress/hold/body_facts.hpp"

namespace anchorhold::egress {

// kind "git.push": updates from the body's commands; from its pack how many objects of a kind it has (null when they
// could not be counted), what its commits say, and whether an update is a fast-forward as far as they show. The
// failure: malformed, storage_failed.
Task<Attempt<json::object>> push_facts(HeldRequest request, std::string repository, const Spool& body);

}  // namespace anchorhold::egress
