#include "init/cell/child.hpp"

#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <sched.h>
#include <sys/capability.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "init/cell/label.hpp"

namespace anchorhold::cell {
namespace {

Result<> write_proc(const char* tried, const std::string& path, const std::string& value) {
    const UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file || write(file.get(), value.data(), value.size()) < 0)
        return fail(tried, path + " = " + value, errno);
    return {};
}

Result<> forget_caller(const Spec& spec, UniqueFd& /*report*/) {
    // CLONE_CLEAR_SIGHAND has undone handlers, but not what the caller ignores. KILL and STOP refuse, rightly.
    struct sigaction standard{};
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < SIGRTMIN; ++number)
        sigaction(number, &standard, nullptr);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    umask(0);
    if (setsid() < 0)
        return fail("new session", spec.program, errno);
    // Written with CAP_SYS_RESOURCE, so that it is also the lowest value the cell can go back to.
    if (auto set = write_proc("oom_score_adj", "/proc/self/oom_score_adj", std::to_string(spec.oom_score_adj)); !set)
        return set;
    if (spec.open_files != 0) {
        const rlimit limit{.rlim_cur = std::min<rlim_t>(1024, spec.open_files), .rlim_max = spec.open_files};
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
            return fail("limit", "open files", errno);
    }
    return {};
}

Result<> enter_namespaces(const Spec& spec, UniqueFd& /*report*/) {
    // Here and not in clone3: there it would take the caller's cgroup as its root, not the one cloned into.
    if ((spec.namespaces & CLONE_NEWCGROUP) != 0 && unshare(CLONE_NEWCGROUP) != 0)
        return fail("namespace", "cgroup", errno);
    if (spec.network >= 0 && setns(spec.network, CLONE_NEWNET) != 0)
        return fail("namespace", "network", errno);
    if ((spec.namespaces & CLONE_NEWUTS) != 0 && !spec.hostname.empty() &&
        sethostname(spec.hostname.data(), spec.hostname.size()) != 0)
        return fail("hostname", spec.hostname, errno);
    return {};
}

// A network namespace of its own that nobody has furnished gets its loopback.
Result<> raise_loopback(const Spec& spec, UniqueFd& /*report*/) {
    if (spec.network >= 0 || (spec.namespaces & CLONE_NEWNET) == 0)
        return {};
    const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    if (!socket || ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0)
        return fail("link up", "lo", errno);
    return {};
}

Result<> enter_mounts(const Spec& spec, UniqueFd& /*report*/) {
    if (spec.root.empty())
        return {};
    return enter_view(spec.root, spec.mounts);
}

// Everything that is not passed is closed; the report stays above, to be closed by exec.
Result<> arrange_descriptors(const Spec& spec, UniqueFd& report) {
    int highest = 2;
    for (const PassedFd& passed : spec.fds)
        highest = std::max(highest, passed.as);
    std::vector<UniqueFd> held;
    for (const PassedFd& passed : spec.fds) {
        held.emplace_back(fcntl(passed.fd, F_DUPFD_CLOEXEC, highest + 1));
        if (!held.back())
            return fail("pass descriptor", std::to_string(passed.fd), errno);
    }
    const UniqueFd nothing(open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!nothing)
        return fail("open", "/dev/null", errno);
    const UniqueFd null(fcntl(nothing.get(), F_DUPFD_CLOEXEC, highest + 1));
    report.reset(fcntl(report.get(), F_DUPFD_CLOEXEC, highest + 1));
    if (!null || !report)
        return fail("pass descriptor", "report", errno);
    for (int at = 0; at <= highest; ++at) {
        const auto passed = std::ranges::find(spec.fds, at, &PassedFd::as);
        const int source = passed == spec.fds.end() ? (at <= 2 ? null.get() : -1)
                                                    : held[static_cast<std::size_t>(passed - spec.fds.begin())].get();
        if (source < 0)
            close(at);
        else if (dup2(source, at) < 0)
            return fail("pass descriptor", std::to_string(at), errno);
    }
    if (close_range(static_cast<unsigned>(highest + 1), ~0U, CLOSE_RANGE_CLOEXEC) != 0)
        return fail("pass descriptor", "the others", errno);
    return {};
}

// Before no_new_privs and seccomp: entering a profile from none is not a gain, but the write needs a whole /proc.
Result<> ask_apparmor(const Spec& spec, UniqueFd& /*report*/) {
    return ask_label(spec.apparmor);
}

Result<> bound_capabilities(const Spec& spec, UniqueFd& /*report*/) {
    if (!spec.drop_capabilities)
        return {};
    for (int capability = 0; capability < cap_max_bits(); ++capability) {
        const bool kept = std::ranges::contains(spec.capabilities, capability);
        if (!kept && cap_drop_bound(capability) != 0)
            return fail("drop from the bounding set", std::to_string(capability), errno);
    }
    return {};
}

Result<> promise(const Spec& spec, UniqueFd& /*report*/) {
    if (spec.no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return fail("no_new_privs", spec.program, errno);
    for (const Filter& filter : spec.seccomp) {
        if (const int number = load(filter); number != 0)
            return fail("seccomp", std::to_string(filter.size()) + " instructions", number);
    }
    return {};
}

Result<> become_user(const Spec& spec, UniqueFd& /*report*/) {
    if (setgroups(0, nullptr) != 0)
        return fail("groups", "none", errno);
    if (setresgid(spec.gid, spec.gid, spec.gid) != 0)
        return fail("gid", std::to_string(spec.gid), errno);
    // Until exec, which ends it: the label needs one (label.hpp).
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
        return fail("capabilities", "kept until exec", errno);
    if (setresuid(spec.uid, spec.uid, spec.uid) != 0)
        return fail("uid", std::to_string(spec.uid), errno);
    if (spec.uid == 0 && !spec.drop_capabilities)
        return {};
    return keep_until_exec(spec.uid == 0 ? spec.capabilities : std::vector<int>(), spec.apparmor);
}

Result<> execute(const Spec& spec, UniqueFd& /*report*/) {
    umask(022);
    if (chdir(spec.directory.c_str()) != 0)
        return fail("directory", spec.directory, errno);
    std::vector<char*> arguments;
    std::vector<char*> environment;
    arguments.reserve(spec.arguments.size() + 1);
    environment.reserve(spec.environment.size() + 1);
    for (const std::string& text : spec.arguments)
        arguments.push_back(const_cast<char*>(text.c_str()));
    for (const std::string& text : spec.environment)
        environment.push_back(const_cast<char*>(text.c_str()));
    arguments.push_back(nullptr);
    environment.push_back(nullptr);
    execve(spec.program.c_str(), arguments.data(), environment.data());
    return fail("exec", spec.program, errno);
}

// What happens to the child, from top to bottom.
constexpr std::array kStages{
    forget_caller,        // signals, session, oom score, limits
    enter_namespaces,     // those that clone3 could not give
    raise_loopback,       //
    enter_mounts,         // needs CAP_SYS_ADMIN, so before all that takes it away
    arrange_descriptors,  // after the mounts: /dev/null is the cell's
    ask_apparmor,         //
    bound_capabilities,   // needs CAP_SETPCAP
    promise,              // no_new_privs, then seccomp; without no_new_privs it needs CAP_SYS_ADMIN
    become_user,          // ids, then the last capabilities
    execute,
};

}  // namespace

Error become(const Spec& spec, UniqueFd& report) {
    for (const auto stage : kStages) {
        if (auto done = stage(spec, report); !done)
            return done.error();
    }
    return {};
}

}  // namespace anchorhold::cell
