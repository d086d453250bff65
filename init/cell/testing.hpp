// For the tests of this room: cells whose root is the system that the test runs on, and what their programs print.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "init/cell/cell.hpp"
#include "init/launch/launch.hpp"
#include "init/launch/setup_failure.hpp"
#include "init/launch/testing.hpp"

namespace anchorhold::cell::testing {

using init::testing::MachineRoot;

// All namespaces, a small view with /proc and /dev, `probe` at /run/probe.
[[nodiscard]] Spec small_cell(const std::vector<std::string>& command);
// The rows that stand for the image's root, which on the machine of the test is made of several mounts.
[[nodiscard]] std::vector<Mount> system_rows();
inline constexpr char kProbe[] = "/run/probe";

struct Outcome {
    std::string output;                         // standard output and error
    int status = 0;                             // as of waitpid(2)
    std::optional<init::SetupFailure> failure;  // it never became its program
};
// As init does: its cgroup, then the process.
[[nodiscard]] Result<init::Child> start(const Spec& spec);
// Waits, up to a minute, until the child is its program; false when it failed to become that.
[[nodiscard]] bool is_set_up(const init::Child& child);
// Starts the cell with its output caught and waits for its end.
[[nodiscard]] Result<Outcome> run(Spec spec);
// Of a cell that must start.
[[nodiscard]] std::string output_of(const Spec& spec);

// A cgroup v2 directory for tests, empty when this machine has none.
[[nodiscard]] std::string cgroup_root();

}  // namespace anchorhold::cell::testing
