#include "init/cell/session.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/capability.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "base/identities.hpp"
#include "base/unique_fd.hpp"
#include "init/cell/told.hpp"
#include "init/launch/child_end.hpp"

namespace anchorhold::cell {
namespace {

constexpr int kPatience = 60'000;  // milliseconds; an emulated processor is slow

// As sshd does it: what PAM's pam_cap takes, then the ids, which take the rest.
Result<> become_session() {
    for (int capability = 0; capability < cap_max_bits(); ++capability) {
        if (cap_get_bound(capability) == 1 && cap_drop_bound(capability) != 0)
            return fail("drop from the bounding set", std::to_string(capability), errno);
    }
    if (setsid() < 0)
        return fail("new session", "agent", errno);
    if (setgroups(0, nullptr) != 0 || setresgid(kAgentUid, kAgentUid, kAgentUid) != 0 ||
        setresuid(kAgentUid, kAgentUid, kAgentUid) != 0)
        return fail("become", "agent", errno);
    return {};
}

[[noreturn]] void run(const std::string& program, int output) {
    auto done = become_session();
    if (done) {
        if (dup2(output, STDOUT_FILENO) >= 0)
            execl(program.c_str(), program.c_str(), static_cast<char*>(nullptr));
        done = fail("exec", program, errno);
    }
    const Told told = tell(done.error());
    _exit(write(output, &told, sizeof told) == sizeof told ? 127 : 126);
}

Result<> outcome(const std::string& program, int reader, pid_t child) {
    pollfd ended{.fd = reader, .events = POLLIN, .revents = 0};
    const int ready = poll(&ended, 1, kPatience);
    if (ready <= 0)
        kill(child, SIGKILL);
    Told told;
    const ssize_t size = ready > 0 ? read(reader, &told, sizeof told) : 0;
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return fail("wait for", program, errno);
    }
    if (ready <= 0)
        return fail("check of the agent's world", program, ETIMEDOUT);
    if (size == static_cast<ssize_t>(sizeof told)) {
        if (auto said = heard(told); !said)
            return said;
    }
    if (status != 0)
        return fail("check of the agent's world", program, 0, text_of(init::ended_by(child, status)));
    return {};
}

}  // namespace

Result<> check_as_session(const std::string& program) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
        return fail("pipe", program, errno);
    const UniqueFd reader(ends[0]);
    UniqueFd writer(ends[1]);
    const pid_t child = fork();
    if (child < 0)
        return fail("fork", program, errno);
    if (child == 0)
        run(program, writer.get());
    writer.reset();
    return outcome(program, reader.get(), child);
}

}  // namespace anchorhold::cell
