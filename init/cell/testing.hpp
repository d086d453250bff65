// For the tests of this room: cells whose root is the system that the test runs on, and what their programs print.
#pragma once

#include <string>
#include <vector>

#include "init/cell/cell.hpp"

namespace anchorhold::cell::testing {

// Fixture that skips the case where "root" is only that of a user namespace: devices and other users are out of its
// reach.
struct MachineRoot {
    MachineRoot();
};

// All namespaces, a small view with /proc and /dev, `probe` at /run/probe.
[[nodiscard]] Spec small_cell(const std::vector<std::string>& command);
// The rows that stand for the image's root, which on the machine of the test is made of several mounts.
[[nodiscard]] std::vector<Mount> system_rows();
inline constexpr char kProbe[] = "/run/probe";

struct Outcome {
    std::string output;  // standard output and error
    int status = 0;      // as of waitpid(2)
};
// Starts the cell with its output caught and waits for its end.
[[nodiscard]] Result<Outcome> run(Spec spec);

// A cgroup v2 directory for tests, empty when this machine has none.
[[nodiscard]] std::string cgroup_root();

}  // namespace anchorhold::cell::testing
