// What the kernel's AppArmor can enforce, and the policy it is given, by libapparmor (aa_features(3),
// aa_kernel_interface(3)).
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace anchorhold::init {

// Fails with EPROTO when the running kernel enforces other things than those in the file (apparmor_parser(8),
// --features-file): rules that it does not know would be skipped without a word.
[[nodiscard]] Result<> check_apparmor_features(const std::string& path);

// Gives the kernel one compiled blob, which may hold several profiles; each replaces a loaded one of the same name.
[[nodiscard]] Result<> replace_apparmor_policy(std::string_view policy);

}  // namespace anchorhold::init
