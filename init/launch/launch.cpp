#include "init/launch/launch.hpp"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>

#include "init/launch/child_steps.hpp"

namespace anchorhold::init {
namespace {

constexpr int kFirstSocket = 3;  // SD_LISTEN_FDS_START
constexpr int kStatusUntold = 126;
constexpr std::string_view kListenPid = "LISTEN_PID=";

Result<> check(const LaunchSpec& spec) {
    if (spec.command.empty())
        return fail("start", "a program", EINVAL, "the command is empty");
    if (spec.enter_view && (spec.namespaces & CLONE_NEWNS) == 0)
        return fail("start", spec.command[0], EINVAL, "a view of its own needs CLONE_NEWNS");
    return {};
}

Result<std::vector<PassedFd>> passed_by(const LaunchSpec& spec) {
    std::vector<PassedFd> passed = spec.fds;
    int next = kFirstSocket;
    for (const auto& [name, fd] : spec.sockets)
        passed.push_back({.fd = fd, .as = next++});
    for (const PassedFd& one : passed) {
        if (one.as < 0 || std::ranges::count(passed, one.as, &PassedFd::as) != 1)
            return fail("start", spec.command[0], EINVAL, "descriptor " + std::to_string(one.as) + " is named twice");
    }
    return passed;
}

Result<Prepared> prepare(const LaunchSpec& spec) {
    auto passed = passed_by(spec);
    if (!passed)
        return std::unexpected(passed.error());
    Prepared out;
    out.passed = std::move(*passed);
    out.parked.resize(out.passed.size());
    out.oom_score = std::to_string(spec.oom_score_adj);
    out.environment = spec.environment;
    if (!spec.sockets.empty()) {
        std::string names = "LISTEN_FDNAMES=";
        for (const auto& [name, fd] : spec.sockets)
            names += (names.ends_with('=') ? "" : ":") + name;
        out.environment.push_back("LISTEN_FDS=" + std::to_string(spec.sockets.size()));
        out.environment.push_back(std::move(names));
        out.environment.push_back(std::string(kListenPid) + std::string(Prepared::kPidRoom, '\0'));
        out.listen_pid = out.environment.back().data() + kListenPid.size();
    }
    for (const std::string& word : spec.command)
        out.arguments.push_back(const_cast<char*>(word.c_str()));
    out.arguments.push_back(nullptr);
    for (std::string& variable : out.environment)
        out.variables.push_back(variable.data());
    out.variables.push_back(nullptr);
    return out;
}

[[noreturn]] void run_child(const LaunchSpec& spec, Prepared& prepared, UniqueFd report) {
    const SetupFailure failure = become(spec, prepared, report);
    const bool told = write(report.get(), &failure, sizeof failure) == sizeof failure;
    _exit(told ? kSetupFailed : kStatusUntold);
}

}  // namespace

Result<Child> launch(const LaunchSpec& spec) {
    if (auto good = check(spec); !good)
        return std::unexpected(good.error());
    auto prepared = prepare(spec);
    if (!prepared)
        return std::unexpected(prepared.error());
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return fail("make pipe for", spec.command[0], errno);
    UniqueFd reader(ends[0]);
    UniqueFd writer(ends[1]);

    UniqueFd cgroup;
    int pidfd = -1;
    clone_args arguments{};
    // The cgroup namespace is unshared in the child: here it would take the caller's cgroup as its root.
    arguments.flags = (spec.namespaces & ~std::uint64_t{CLONE_NEWCGROUP}) | CLONE_PIDFD | CLONE_CLEAR_SIGHAND;
    arguments.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
    arguments.exit_signal = SIGCHLD;
    if (!spec.cgroup.empty()) {
        cgroup.reset(open(spec.cgroup.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (!cgroup)
            return fail("open cgroup", spec.cgroup, errno);
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = static_cast<__u64>(cgroup.get());
    }
    const auto pid = static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof arguments));
    if (pid < 0)
        return fail("start", spec.command[0], errno);
    if (pid == 0)
        run_child(spec, *prepared, std::move(writer));
    return Child{.pid = pid, .pidfd = UniqueFd(pidfd), .setup = std::move(reader)};
}

}  // namespace anchorhold::init
