// Kernel settings: set at boot and read back.
#pragma once

#include <span>
#include <string_view>

namespace anchorhold::init {

struct SysctlRow {
    std::string_view key;  // below /proc/sys
    std::string_view value;
    std::string_view why;
};

std::span<const SysctlRow> machine_sysctls();
// To be set in every network namespace.
std::span<const SysctlRow> network_sysctls();

}  // namespace anchorhold::init
