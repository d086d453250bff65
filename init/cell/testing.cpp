#include "init/cell/testing.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cerrno>

namespace anchorhold::cell::testing {

std::vector<Mount> system_rows() {
    using enum MountKind;
    return {
        {.kind = bind, .target = "/usr", .source = "/usr", .attributes = MOUNT_ATTR_RDONLY},
        {.kind = bind, .target = "/etc", .source = "/etc", .attributes = MOUNT_ATTR_RDONLY},
    };
}

Spec small_cell(const std::vector<std::string>& command) {
    using enum MountKind;
    Spec spec;
    spec.namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWNET;
    spec.root = "/";
    spec.mounts = system_rows();
    const std::vector<Mount> rows{
        {.kind = fresh, .target = "/dev", .source = "tmpfs", .attributes = MOUNT_ATTR_NOEXEC},
        {.kind = device, .target = "/dev/null", .mode = 0666, .major = 1, .minor = 3},
        {.kind = fresh, .target = "/proc", .source = "proc", .attributes = MOUNT_ATTR_NOSUID},
        {.kind = fresh, .target = "/run", .source = "tmpfs", .attributes = MOUNT_ATTR_NOSUID},
        {.kind = bind, .target = kProbe, .source = CELL_PROBE},
    };
    spec.mounts.insert(spec.mounts.end(), rows.begin(), rows.end());
    spec.environment = {"PATH=/usr/bin"};
    spec.command = command;
    spec.limits = {};
    return spec;
}

Result<init::Child> start(const Spec& spec) {
    if (!spec.cgroup.empty()) {
        if (auto made = init::make_cgroup({.path = spec.cgroup, .limits = spec.cgroup_limits}); !made)
            return std::unexpected(made.error());
    }
    return init::launch(launch_spec(spec));
}

bool is_set_up(const init::Child& child) {
    pollfd readable{.fd = child.setup.get(), .events = POLLIN, .revents = 0};
    return poll(&readable, 1, 60'000) == 1 && !init::read_setup_failure(child.setup.get());
}

Result<Outcome> run(Spec spec) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
        return fail("pipe", "output", errno);
    const UniqueFd output(ends[0]);
    UniqueFd input(ends[1]);
    spec.fds.push_back({.fd = input.get(), .as = STDOUT_FILENO});
    spec.fds.push_back({.fd = input.get(), .as = STDERR_FILENO});
    auto child = start(spec);
    if (!child)
        return std::unexpected(child.error());
    input.reset();
    Outcome outcome;
    std::array<char, 4096> piece{};
    for (ssize_t got = 0; (got = read(output.get(), piece.data(), piece.size())) > 0;)
        outcome.output.append(piece.data(), static_cast<std::size_t>(got));
    waitpid(child->pid, &outcome.status, 0);
    outcome.failure = init::read_setup_failure(child->setup.get());
    return outcome;
}

std::string output_of(const Spec& spec) {
    const auto outcome = run(spec);
    INFO((outcome ? "" : outcome.error().text()));
    REQUIRE(outcome);
    INFO((outcome->failure ? outcome->failure->error().text() : ""));
    REQUIRE_FALSE(outcome->failure);
    return outcome->output;
}

std::string cgroup_root() {
    for (const char* directory : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
        struct statfs status{};
        if (statfs(directory, &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC)
            return directory;
    }
    return {};
}

}  // namespace anchorhold::cell::testing
