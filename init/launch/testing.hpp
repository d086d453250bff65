// For tests that start processes as init does.
#pragma once

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>

#include "init/launch/child_end.hpp"
#include "init/launch/launch.hpp"

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

// What a process has written to its standard output and error, and how it ended.
struct Output {
    int status = 0;
    std::string text;
    std::optional<SetupFailure> setup;

    [[nodiscard]] std::string end() const { return text_of(Death{.ended = ended_by(1, status), .setup = setup}); }
};

// Starts it and waits for its end.
[[nodiscard]] Output run(LaunchSpec spec);
// Keeps all rights and limits that the test has.
[[nodiscard]] LaunchSpec shell(const std::string& script);

// A filter that ends in `action` (SECCOMP_RET_*) for one system call of the native ABI.
[[nodiscard]] Filter answering(int call, std::uint32_t action);
// The same where the call's first argument is that one.
[[nodiscard]] Filter answering(int call, std::uint32_t first, std::uint32_t action);

}  // namespace anchorhold::init::testing
