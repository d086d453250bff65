// The two tables behind the filters: calls refused to everybody, with why, and calls that the agent's world knows.
#pragma once

#include <seccomp.h>

#include <array>
#include <cstdint>
#include <span>

namespace anchorhold::cell {

// One argument as the filter sees it. Arguments of 32 bits are compared with the upper half masked off, as the kernel
// does.
struct When {
    unsigned argument = 0;
    scmp_compare how = SCMP_CMP_MASKED_EQ;
    std::uint64_t first = 0;   // of MASKED_EQ: the mask; of GT: the value
    std::uint64_t second = 0;  // of MASKED_EQ: the value
};

struct Refused {
    const char* call = nullptr;
    int error = 0;
    const char* why = nullptr;
    std::array<When, 2> when{};  // all of the first `conditions`
    std::size_t conditions = 0;
};

[[nodiscard]] std::span<const Refused> refused_calls();
[[nodiscard]] std::span<const char* const> known_calls();

}  // namespace anchorhold::cell
