// What all events of egress have in common, and their text as the auditor takes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "shield/audit/event.hpp"

namespace anchorhold::egress {

// Now, on this workstation; `count` of the like since the last record.
[[nodiscard]] audit::Common common_facts(audit::Outcome outcome, std::string_view reason, std::int64_t count = 1);

// Canonical JSON.
[[nodiscard]] std::string text_of(const json::object& event);

}  // namespace anchorhold::egress
