// For tests that start processes as init does.
#pragma once

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <fstream>

namespace anchorhold::init::testing {

// Fixture that skips the case where "root" is only that of a user namespace: devices and other users are out of its
// reach.
struct MachineRoot {
    MachineRoot() {
        std::uint64_t inside = 0;
        std::uint64_t outside = 0;
        std::uint64_t count = 0;
        std::ifstream("/proc/self/uid_map") >> inside >> outside >> count;
        if (geteuid() != 0 || count < UINT32_MAX)
            SKIP("needs root of the machine, not of a user namespace");
    }
};

}  // namespace anchorhold::init::testing
