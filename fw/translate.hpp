// One row of the table as one rule of the kernel: the expressions that nft(8) would write for it.
#pragma once

#include <sys/socket.h>

#include <cstddef>

#include "fw/owned.hpp"
#include "fw/ruleset.hpp"

namespace anchorhold::fw {

inline constexpr const char* kTable = "anchorhold";

[[nodiscard]] const char* chain_name(Chain chain);
[[nodiscard]] const char* set_name(To to, int family);

// Bytes of an address: AF_INET or AF_INET6.
[[nodiscard]] constexpr std::size_t address_size(int family) {
    return family == AF_INET ? 4 : 16;
}

// EINVAL for a row that says less than it must (a set without family, an interface without name, a
// sender whose cgroup nobody knows).
[[nodiscard]] Result<OwnedRule> translate(const Row& row, const Ruleset& ruleset);

}  // namespace anchorhold::fw
