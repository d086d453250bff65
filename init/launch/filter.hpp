// A compiled system-call filter, ready for the kernel. Source: seccomp(2).
#pragma once

#include <linux/filter.h>

#include <vector>

namespace anchorhold::init {

using Filter = std::vector<sock_filter>;

// To this process, for good. Needs no_new_privs or CAP_SYS_ADMIN. Returns errno, 0 when it holds.
[[nodiscard]] int load_filter(const Filter& filter) noexcept;

}  // namespace anchorhold::init
