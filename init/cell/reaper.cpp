#include "init/cell/reaper.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/capability.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <type_traits>

#include "base/backoff.hpp"
#include "base/freed.hpp"
#include "base/unique_fd.hpp"
#include "init/cell/readiness.hpp"
#include "init/launch/child_end.hpp"

namespace anchorhold::cell {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kGrace = 5s;

sigset_t watched() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int number : {SIGCHLD, SIGTERM, SIGINT})
        sigaddset(&signals, number);
    return signals;
}

class Reaper {
  public:
    explicit Reaper(const std::vector<std::string>& command) {
        arguments_.reserve(command.size() + 1);
        for (const std::string& word : command)
            arguments_.push_back(const_cast<char*>(word.c_str()));
        arguments_.push_back(nullptr);
    }

    Result<> run() {
        auto readiness = Readiness::create();
        if (!readiness)
            return std::unexpected(readiness.error());
        const sigset_t signals = watched();
        if (sigprocmask(SIG_BLOCK, &signals, nullptr) != 0)
            return fail("reaper", "signals", errno);
        const UniqueFd events(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
        if (!events)
            return fail("reaper", "signalfd", errno);
        deadline_ = Clock::now();
        do {
            if (deadline_ && Clock::now() >= *deadline_)
                on_deadline();
            std::array<pollfd, 2> waited{{{.fd = events.get(), .events = POLLIN, .revents = 0},
                                          {.fd = readiness->descriptor(), .events = POLLIN, .revents = 0}}};
            poll(waited.data(), waited.size(), timeout());
            if (waited[1].revents != 0)
                readiness->receive();
            signalfd_siginfo event{};
            while (read(events.get(), &event, sizeof event) == sizeof event) {
                if (event.ssi_signo != SIGCHLD)
                    stop();
            }
        } while (reap());
        return {};
    }

  private:
    // The deadline is the next start, or, once stopping, the end of patience.
    void on_deadline() {
        deadline_.reset();
        if (stopping_)
            signal_all(SIGKILL);
        else
            launch();
    }

    [[nodiscard]] int timeout() const {
        if (!deadline_)
            return -1;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - Clock::now());
        return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
    }

    void launch() {
        started_ = Clock::now();
        child_ = fork();
        if (child_ == 0) {
            const sigset_t signals = watched();
            sigprocmask(SIG_UNBLOCK, &signals, nullptr);
            setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
            execv(arguments_[0], arguments_.data());
            dprintf(STDERR_FILENO, "cell-reaper: %s\n", fail("exec", arguments_[0], errno).error().text().c_str());
            _exit(127);
        }
        if (child_ < 0) {
            child_ = 0;
            pause_before_next();
        }
    }

    void pause_before_next() {
        constexpr std::uint32_t alone = 0;  // nobody to come back in step with
        const auto now = Clock::now();
        deadline_ = now + backoff_.next(std::chrono::floor<Backoff::Span>(now - started_), alone);
    }

    // False when there is nothing left to stay for.
    bool reap() {
        int status = 0;
        for (;;) {
            const pid_t ended = waitpid(-1, &status, WNOHANG);
            if (ended == 0 || (ended < 0 && errno != ECHILD))
                return true;
            if (ended < 0)
                return !stopping_;
            if (ended == child_) {
                child_ = 0;
                if (!stopping_)
                    pause_before_next();
            }
        }
    }

    void stop() {
        if (stopping_)
            return;
        stopping_ = true;
        deadline_ = Clock::now() + kGrace;
        // An interactive shell ignores it, and is hung up when sshd or tmux lets go of its terminal.
        signal_all(SIGTERM);
    }

    // Outside a pid namespace of its own -1 would be the whole machine.
    void signal_all(int number) const {
        if (getpid() == 1)
            kill(-1, number);
        else if (child_ > 0)
            kill(child_, number);
    }

    std::vector<char*> arguments_;
    pid_t child_ = 0;
    bool stopping_ = false;
    Clock::time_point started_;
    Backoff backoff_;
    std::optional<Clock::time_point> deadline_;
};

Result<> generate(const std::string& path) {
    const pid_t child = fork();
    if (child < 0)
        return fail("host key", path, errno);
    if (child == 0) {
        execl("/usr/bin/ssh-keygen", "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "anchorhold", "-f",
              path.c_str(), static_cast<char*>(nullptr));
        _exit(127);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return fail("host key", path, errno);
    }
    if (status != 0)
        return fail("host key", path, 0, "ssh-keygen: " + text_of(init::ended_by(child, status)));
    return {};
}

Result<> flush(const std::string& path, int flags) {
    const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | flags));
    if (!file || fsync(file.get()) != 0)
        return fail("host key", path, errno);
    return {};
}

}  // namespace

Result<> ensure_host_key(const std::string& path) {
    if (access(path.c_str(), F_OK) == 0)
        return {};
    const std::string fresh = path + ".new";
    // What a power cut has left.
    unlink(fresh.c_str());
    unlink((fresh + ".pub").c_str());
    if (auto made = generate(fresh); !made)
        return made;
    // The private half last: where it is, all is.
    for (const char* half : {".pub", ""}) {
        if (auto safe = flush(fresh + half, 0); !safe)
            return safe;
        if (rename((fresh + half).c_str(), (path + half).c_str()) != 0)
            return fail("host key", path + half, errno);
    }
    return flush(path.substr(0, path.rfind('/')), O_DIRECTORY);
}

Result<> supervise(const std::vector<std::string>& command) {
    return Reaper(command).run();
}

Result<> lower_capabilities() {
    const Owned<std::remove_pointer_t<cap_t>, cap_free> now(cap_get_proc());
    constexpr std::array<cap_value_t, 1> kNeeded{CAP_KILL};
    cap_flag_value_t permitted = CAP_CLEAR;
    if (!now || cap_get_flag(now.get(), CAP_KILL, CAP_PERMITTED, &permitted) != 0 ||
        cap_clear_flag(now.get(), CAP_EFFECTIVE) != 0 ||
        cap_set_flag(now.get(), CAP_EFFECTIVE, 1, kNeeded.data(), permitted) != 0 || cap_set_proc(now.get()) != 0)
        return fail("capabilities", "reaper", errno);
    return {};
}

}  // namespace anchorhold::cell
