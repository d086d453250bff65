// hold: what the agent can ask the shield about itself.
#pragma once

#include <ostream>
#include <span>
#include <string>
#include <string_view>

namespace anchorhold::cli {

// How hold ends: scripts rely on these.
inline constexpr int kHoldYes = 0;    // status: ready; why: allow or ask
inline constexpr int kHoldNo = 1;     // status: something is missing; why: deny
inline constexpr int kHoldUsage = 2;  // asked wrongly
inline constexpr int kHoldGone = 3;   // the shield is not running

int run_hold(std::span<const std::string_view> words, const std::string& address, std::ostream& out, std::ostream& err);

}  // namespace anchorhold::cli
