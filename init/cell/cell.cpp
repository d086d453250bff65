#include "init/cell/cell.hpp"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "init/cell/child.hpp"
#include "init/cell/told.hpp"

namespace anchorhold::cell {
namespace {

constexpr int kSetUpFailed = 127;

[[noreturn]] void run_child(const Spec& spec, UniqueFd report_end) {
    const Told told = tell(become(spec, report_end));
    // Nobody is left to tell when even this fails; the exit status still does.
    [[maybe_unused]] const ssize_t written = write(report_end.get(), &told, sizeof told);
    _exit(kSetUpFailed);
}

struct Pipe {
    UniqueFd read;
    UniqueFd write;
};

Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
        return fail("pipe", "report", errno);
    Pipe pipe{.read = UniqueFd(ends[0]), .write = UniqueFd(ends[1])};
    if (fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK) != 0)
        return fail("pipe", "report", errno);
    return pipe;
}

}  // namespace

Result<Running> start(const Spec& spec) {
    if (!spec.root.empty() && (spec.namespaces & CLONE_NEWNS) == 0)
        return fail("start", spec.program, EINVAL, "a root of its own needs CLONE_NEWNS");
    auto pipe = make_pipe();
    if (!pipe)
        return std::unexpected(pipe.error());

    Running running;
    int pidfd = -1;
    clone_args arguments{};
    arguments.flags = (spec.namespaces & ~std::uint64_t{CLONE_NEWCGROUP}) | CLONE_PIDFD | CLONE_CLEAR_SIGHAND;
    arguments.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
    arguments.exit_signal = SIGCHLD;
    UniqueFd directory;
    if (!spec.cgroup.empty()) {
        auto made = make_cgroup(spec.cgroup, spec.limits);
        if (!made)
            return std::unexpected(made.error());
        directory = std::move(*made);
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = static_cast<unsigned long long>(directory.get());
    }
    const long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid < 0)
        return fail("clone", spec.program, errno);
    if (pid == 0)
        run_child(spec, std::move(pipe->write));
    running.pid = static_cast<pid_t>(pid);
    running.pidfd = UniqueFd(pidfd);
    running.report = std::move(pipe->read);
    return running;
}

Result<Progress> progress(const Running& running) {
    Told told;
    const ssize_t got = read(running.report.get(), &told, sizeof told);
    if (got < 0 && errno == EAGAIN)
        return Progress::setting_up;
    if (got == 0)
        return Progress::running;
    if (got != static_cast<ssize_t>(sizeof told))
        return fail("start", std::to_string(running.pid), got < 0 ? errno : EBADMSG);
    if (auto said = heard(told); !said)
        return std::unexpected(said.error());
    return fail("start", std::to_string(running.pid), EBADMSG);
}

Result<> wait_until_running(const Running& running, std::chrono::milliseconds patience) {
    pollfd readable{.fd = running.report.get(), .events = POLLIN, .revents = 0};
    const int ready = poll(&readable, 1, static_cast<int>(patience.count()));
    if (ready <= 0)
        return fail("start", std::to_string(running.pid), ready == 0 ? ETIMEDOUT : errno);
    auto outcome = progress(running);
    if (!outcome)
        return std::unexpected(outcome.error());
    return {};
}

}  // namespace anchorhold::cell
