// What a held plain request says about itself, beside what every held act does (hold/body_facts.hpp).
#pragma once

#include "shield/egress/hold/body_facts.hpp"

namespace anchorhold::egress {

// kind "http.request": with the body as text where it can be shown whole. The failure: storage_failed.
Task<Attempt<json::object>> request_facts(HeldRequest request, const Spool& body);

}  // namespace anchorhold::egress
