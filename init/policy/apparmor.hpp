// Loads every compiled AppArmor profile of the image into the kernel (apparmor_parser(8) compiled them at build time).
#pragma once

#include "init/system/system.hpp"

namespace anchorhold::init {

inline constexpr std::string_view kApparmorDirectory = "/usr/lib/anchorhold/apparmor";
// What the profiles were compiled for.
inline constexpr std::string_view kApparmorFeatures = "/usr/lib/anchorhold/apparmor-features";

// An image without policy, or with policy for another kernel, is an error: the cell must not start unconfined.
Result<> load_apparmor(System& system);

}  // namespace anchorhold::init
