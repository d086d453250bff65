#include "init/cell/cell.hpp"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "init/cell/child.hpp"

namespace anchorhold::cell {
namespace {

constexpr int kSetUpFailed = 127;

// What a child that could not become its program leaves in the pipe; smaller than PIPE_BUF, so whole or not at all.
struct Report {
    int number = 0;
    std::array<char, 64> tried{};
    std::array<char, 512> object{};
    std::array<char, 128> detail{};
};

template <std::size_t size>
void put(std::array<char, size>& field, const std::string& text) {
    std::copy_n(text.data(), std::min(text.size(), size - 1), field.data());
}

[[noreturn]] void run_child(const Spec& spec, UniqueFd report_end) {
    const Error error = become(spec, report_end);
    Report report{.number = error.number};
    put(report.tried, error.tried);
    put(report.object, error.object);
    put(report.detail, error.detail);
    // Nobody is left to tell when even this fails; the exit status still does.
    [[maybe_unused]] const ssize_t written = write(report_end.get(), &report, sizeof report);
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
    UniqueFd folder;
    if (!spec.cgroup.empty()) {
        auto made = make_cgroup(spec.cgroup, spec.limits);
        if (!made)
            return std::unexpected(made.error());
        folder = std::move(*made);
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = static_cast<unsigned long long>(folder.get());
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
    Report report;
    const ssize_t got = read(running.report.get(), &report, sizeof report);
    if (got < 0 && errno == EAGAIN)
        return Progress::setting_up;
    if (got == 0)
        return Progress::running;
    if (got != static_cast<ssize_t>(sizeof report))
        return fail("start", std::to_string(running.pid), got < 0 ? errno : EBADMSG);
    return fail(report.tried.data(), report.object.data(), report.number, report.detail.data());
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
