// Calls org.anchorhold.Gate1 over a direct D-Bus connection (sd-bus, no broker).
#pragma once

#include <string>

#include "base/error.hpp"
#include "shield/gate/bus_answers.hpp"

namespace anchorhold::cli {

inline constexpr const char* kGateAddress = "unix:path=/run/anchorhold/bus";

// The error's detail is a sentence for whoever typed the command. Each call waits at most 5 s.
[[nodiscard]] Result<gate::BusStatus> ask_status(const std::string& address);
[[nodiscard]] Result<gate::BusWhy> ask_why(const std::string& address, const std::string& method,
                                           const std::string& url);

}  // namespace anchorhold::cli
