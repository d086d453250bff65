// The AppArmor label that exec gives: exactly the profile asked for, nothing stacked on it.
//
// From 6.12.117 on the kernel turns the change of profile of an unconfined task without CAP_MAC_OVERRIDE into a stack
// (`PROFILE//&unconfined`), which no rule with `peer=PROFILE` matches: nobody could signal itself any more. So that one
// capability stays in effect until exec, which takes it: by then it has left the bounding set, and no file has any.
// Sources: aa_change_profile(2), capabilities(7), the kernel's security/apparmor/domain.c (priv_restricted_transition).
#pragma once

#include <span>
#include <string>

#include "base/error.hpp"

namespace anchorhold::init {

// Of this process' next exec. Empty: none asked for.
[[nodiscard]] Result<> ask_label(const std::string& profile);

// Permitted and effective set until exec: `capabilities`, and what an asked label needs. The inheritable set is
// emptied.
[[nodiscard]] Result<> keep_until_exec(std::span<const int> capabilities, const std::string& profile);

}  // namespace anchorhold::init
