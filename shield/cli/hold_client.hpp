// Calls org.anchorhold.Gate1 over a direct D-Bus connection (sd-bus, no broker).
#pragma once

#include <string>

#include "base/error.hpp"
#include "shield/agent_api/bus_answers.hpp"

namespace anchorhold::cli {

inline constexpr const char* kBusAddress = "unix:path=/run/anchorhold/bus";

// The error's detail is a sentence for whoever typed the command. Each call waits at most 5 s.
[[nodiscard]] Result<agent_api::BusStatus> ask_status(const std::string& address);
[[nodiscard]] Result<agent_api::BusWhy> ask_why(const std::string& address, const std::string& method,
                                                const std::string& url);

}  // namespace anchorhold::cli
