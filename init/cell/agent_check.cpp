// Whether an agent can work here: tried by a process with a session's uid, capabilities and label, before the machine
// says READY. It signals, sees and traces a child of its own, and is signalled by it. Exit status 0, or a Told on
// standard output that names what was refused.
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <string>

#include "base/unique_fd.hpp"
#include "init/cell/told.hpp"

using namespace anchorhold;
using namespace anchorhold::cell;

namespace {

constexpr timespec kPatience{.tv_sec = 30, .tv_nsec = 0};
constexpr int kToChild = SIGUSR1;
constexpr int kToParent = SIGUSR2;

sigset_t both() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, kToChild);
    sigaddset(&set, kToParent);
    return set;
}

// Being traced and let go ends a wait with EINTR.
int wait_for(const sigset_t& signals, siginfo_t* from) {
    int got = -1;
    do
        got = sigtimedwait(&signals, from, &kPatience);
    while (got < 0 && errno == EINTR);
    return got;
}

// The errno of the signal to its parent is the child's exit status.
[[noreturn]] void be_child(const sigset_t& signals) {
    if (wait_for(signals, nullptr) != kToChild)
        _exit(ETIMEDOUT);
    _exit(kill(getppid(), kToParent) == 0 ? 0 : errno);
}

Result<> trace(pid_t child) {
    int status = 0;
    if (ptrace(PTRACE_SEIZE, child, nullptr, nullptr) != 0)
        return fail("trace", "a child of one's own", errno);
    if (ptrace(PTRACE_INTERRUPT, child, nullptr, nullptr) != 0 || waitpid(child, &status, __WALL) != child ||
        ptrace(PTRACE_DETACH, child, nullptr, nullptr) != 0)
        return fail("stop and let go", "a traced child", errno);
    return {};
}

Result<> work_with(pid_t child, const sigset_t& signals) {
    const std::string seen = "/proc/" + std::to_string(child);
    if (access(seen.c_str(), X_OK) != 0)
        return fail("see", "a child of one's own in /proc", errno);
    if (auto traced = trace(child); !traced)
        return traced;
    if (kill(getpid(), 0) != 0)
        return fail("signal", "oneself", errno);
    if (kill(child, kToChild) != 0)
        return fail("signal", "a child of one's own", errno);
    siginfo_t from{};
    const int got = wait_for(signals, &from);
    const int number = errno;
    int status = 0;
    if (got == kToParent && from.si_pid == child && waitpid(child, &status, 0) == child && status == 0)
        return {};
    if (got < 0 && waitpid(child, &status, WNOHANG) == child && WIFEXITED(status))
        return fail("be signalled", "by a child of one's own", WEXITSTATUS(status));
    return fail("be signalled", "by a child of one's own", got < 0 ? number : EPROTO);
}

Result<> check() {
    const sigset_t signals = both();
    if (sigprocmask(SIG_BLOCK, &signals, nullptr) != 0)
        return fail("signals", "block", errno);
    const pid_t child = fork();
    if (child < 0)
        return fail("fork", "a child", errno);
    if (child == 0)
        be_child(signals);
    auto done = work_with(child, signals);
    if (!done)
        kill(child, SIGKILL);
    return done;
}

}  // namespace

int main() {
    const auto done = check();
    if (done)
        return EXIT_SUCCESS;
    const Told told = tell(done.error());
    return write(STDOUT_FILENO, &told, sizeof told) == sizeof told ? EXIT_FAILURE : EXIT_FAILURE + 1;
}
