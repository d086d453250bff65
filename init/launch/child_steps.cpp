#include "init/launch/child_steps.hpp"

#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <sched.h>
#include <sys/capability.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>

#include "init/launch/fixed_text.hpp"
#include "init/launch/label.hpp"

namespace anchorhold::init {
namespace {

struct Context {
    const LaunchSpec& spec;
    Prepared& prepared;
    UniqueFd& report;
};

// Nothing when the step was taken. Its stage is the table's to say.
using Failed = std::optional<SetupFailure>;

Failed failed(std::string_view object, int number = errno, std::string_view detail = {}) {
    SetupFailure failure{.number = number};
    put_text(failure.object, object);
    put_text(failure.detail, detail);
    return failure;
}

Failed failed(int object) {
    const int number = errno;
    std::array<char, 12> digits{};
    std::to_chars(digits.data(), digits.data() + digits.size() - 1, object);
    return failed(text_in(digits), number);
}

Failed failed(const Error& error) {
    return failed(error.object, error.number, error.detail.empty() ? error.tried : error.tried + ": " + error.detail);
}

Failed reset_signals(Context& /*context*/) {
    // CLONE_CLEAR_SIGHAND has undone handlers, but not what the caller ignores. KILL and STOP refuse, rightly.
    struct sigaction standard{};
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number)
        sigaction(number, &standard, nullptr);
    sigset_t none;
    sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, nullptr) != 0)
        return failed("mask");
    return {};
}

Failed new_session(Context& /*context*/) {
    umask(0);  // the view's files get the modes that its rows say
    if (setsid() < 0)
        return failed("setsid");
    return {};
}

Failed set_limits(Context& context) {
    for (const ResourceLimit& limit : context.spec.limits) {
        const rlimit value{.rlim_cur = limit.soft, .rlim_max = limit.hard};
        if (setrlimit(static_cast<__rlimit_resource_t>(limit.resource), &value) != 0)
            return failed(limit.resource);
    }
    return {};
}

Failed set_oom_score(Context& context) {
    const std::string& score = context.prepared.oom_score;
    const UniqueFd file(open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
    if (!file || write(file.get(), score.data(), score.size()) < 0)
        return failed(score);
    return {};
}

Failed enter_namespaces(Context& context) {
    const LaunchSpec& spec = context.spec;
    if ((spec.namespaces & CLONE_NEWCGROUP) != 0 && unshare(CLONE_NEWCGROUP) != 0)
        return failed("cgroup");
    if (spec.network >= 0 && setns(spec.network, CLONE_NEWNET) != 0)
        return failed("network");
    if ((spec.namespaces & CLONE_NEWUTS) != 0 && !spec.hostname.empty() &&
        sethostname(spec.hostname.data(), spec.hostname.size()) != 0)
        return failed("hostname");
    return {};
}

Failed raise_loopback(Context& context) {
    if (context.spec.network >= 0 || (context.spec.namespaces & CLONE_NEWNET) == 0)
        return {};
    const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    if (!socket || ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0)
        return failed("lo");
    return {};
}

Failed enter_view(Context& context) {
    if (!context.spec.enter_view)
        return {};
    const auto entered = context.spec.enter_view();
    return entered ? Failed() : failed(entered.error());
}

// First all are parked above the highest number that is wanted, then each gets its own: two may change places.
Failed arrange_descriptors(Context& context) {
    const auto& passed = context.prepared.passed;
    auto& parked = context.prepared.parked;
    int highest = STDERR_FILENO;
    for (const PassedFd& one : passed)
        highest = std::max(highest, one.as);
    for (std::size_t i = 0; i < passed.size(); ++i) {
        parked[i] = fcntl(passed[i].fd, F_DUPFD_CLOEXEC, highest + 1);
        if (parked[i] < 0)
            return failed(passed[i].as);
    }
    UniqueFd report(fcntl(context.report.get(), F_DUPFD_CLOEXEC, highest + 1));
    if (!report)
        return failed("report");
    context.report = std::move(report);
    UniqueFd null(open("/dev/null", O_RDWR | O_CLOEXEC));
    // Its first number may be one that is wanted, and is free again before any is given.
    if (null)
        null.reset(fcntl(null.get(), F_DUPFD_CLOEXEC, highest + 1));
    if (!null)
        return failed("/dev/null");
    for (int at = 0; at <= highest; ++at) {
        const auto wanted = std::ranges::find(passed, at, &PassedFd::as);
        if (wanted == passed.end() && at > STDERR_FILENO) {
            close(at);
            continue;
        }
        const int source =
            wanted == passed.end() ? null.get() : parked[static_cast<std::size_t>(wanted - passed.begin())];
        if (dup2(source, at) < 0)
            return failed(at);
    }
    // The report stays open until exec closes it.
    if (close_range(static_cast<unsigned>(highest + 1), ~0U, CLOSE_RANGE_CLOEXEC) != 0)
        return failed("the others");
    return {};
}

Failed ask_apparmor(Context& context) {
    const auto asked = ask_label(context.spec.apparmor);
    return asked ? Failed() : failed(asked.error());
}

Failed set_groups(Context& context) {
    const LaunchSpec& spec = context.spec;
    if (setgroups(spec.groups.size(), spec.groups.data()) != 0)
        return failed("supplementary");
    if (setresgid(spec.gid, spec.gid, spec.gid) != 0)
        return failed(static_cast<int>(spec.gid));
    return {};
}

Failed bound_capabilities(Context& context) {
    if (!context.spec.drop_capabilities)
        return {};
    cap_reset_ambient();
    for (cap_value_t capability = 0; capability < cap_max_bits(); ++capability) {
        const bool kept = std::ranges::contains(context.spec.capabilities, capability);
        if (!kept && cap_get_bound(capability) == 1 && cap_drop_bound(capability) != 0)
            return failed(capability);
    }
    return {};
}

Failed set_securebits(Context& context) {
    // Until exec, which ends it: the label needs one capability until then (label.hpp).
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
        return failed("capabilities kept until exec");
    if (context.spec.securebits != 0 &&
        prctl(PR_SET_SECUREBITS, static_cast<unsigned long>(context.spec.securebits)) != 0)
        return failed(static_cast<int>(context.spec.securebits));
    return {};
}

Failed become_user(Context& context) {
    const uid_t uid = context.spec.uid;
    if (setresuid(uid, uid, uid) != 0)
        return failed(static_cast<int>(uid));
    return {};
}

Failed drop_capabilities(Context& context) {
    const LaunchSpec& spec = context.spec;
    if (spec.uid == 0 && !spec.drop_capabilities)
        return {};
    std::vector<int> kept;
    if (spec.uid == 0)
        kept = spec.capabilities;
    // A filter without no_new_privs needs it, and exec takes it: it has left the bounding set.
    if (!spec.no_new_privs && !spec.filters.empty())
        kept.push_back(CAP_SYS_ADMIN);
    const auto dropped = keep_until_exec(kept, spec.apparmor);
    return dropped ? Failed() : failed(dropped.error());
}

Failed promise_no_new_privs(Context& context) {
    if (context.spec.no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return failed("no_new_privs");
    return {};
}

Failed enter_directory(Context& context) {
    umask(context.spec.file_mode_mask);
    if (chdir(context.spec.directory.c_str()) != 0)
        return failed(context.spec.directory);
    return {};
}

Failed load_filters(Context& context) {
    // The last call before those of the filters: what it writes is the pid that the program will see.
    if (char* room = context.prepared.listen_pid)
        std::to_chars(room, room + Prepared::kPidRoom - 1, getpid());
    for (const Filter& filter : context.spec.filters) {
        if (const int number = load_filter(filter); number != 0)
            return failed(context.spec.command[0], number);
    }
    return {};
}

Failed execute(Context& context) {
    Prepared& prepared = context.prepared;
    execve(prepared.arguments[0], prepared.arguments.data(), prepared.variables.data());
    return failed(context.spec.command[0]);
}

struct ChildStep {
    Stage stage;
    Failed (*take)(Context&);
    std::string_view why;
};

// What happens to the child, from top to bottom.
constexpr std::array kSteps{
    ChildStep{Stage::signals, reset_signals, "what PID 1 ignores and blocks is its own"},
    ChildStep{Stage::session, new_session, "no terminal and no process group of the caller's"},
    ChildStep{Stage::limits, set_limits, "raising one needs CAP_SYS_RESOURCE"},
    ChildStep{Stage::oom_score, set_oom_score, "written with CAP_SYS_RESOURCE, it is the lowest it can go back to"},
    ChildStep{Stage::namespaces, enter_namespaces, "those that clone3 could not give"},
    ChildStep{Stage::loopback, raise_loopback, "a network of its own that nobody has furnished has nothing else"},
    ChildStep{Stage::view, enter_view, "needs CAP_SYS_ADMIN, so before all that takes it away"},
    ChildStep{Stage::descriptors, arrange_descriptors, "after the view: /dev/null is the one in it"},
    ChildStep{Stage::apparmor, ask_apparmor, "for exec; the write needs a whole /proc and the right to change profile"},
    ChildStep{Stage::groups, set_groups, "needs CAP_SETGID"},
    ChildStep{Stage::bounding_set, bound_capabilities, "needs CAP_SETPCAP"},
    ChildStep{Stage::securebits, set_securebits, "needs CAP_SETPCAP"},
    ChildStep{Stage::user, become_user, "before the filters: they refuse the shield's uids to everybody"},
    ChildStep{Stage::capabilities, drop_capabilities, "after the uid, which needs CAP_SETUID"},
    ChildStep{Stage::no_new_privs, promise_no_new_privs, "without it the filters need CAP_SYS_ADMIN"},
    ChildStep{Stage::directory, enter_directory, "as the user, so that it is one the user may enter"},
    ChildStep{Stage::filters, load_filters, "last: the program's calls are judged, not these"},
    ChildStep{Stage::exec, execute, "closes the report, and with it says that all of this is done"},
};

consteval bool stages_in_order() {
    for (std::size_t i = 0; i < kSteps.size(); ++i) {
        if (kSteps[i].stage != static_cast<Stage>(i))
            return false;
    }
    return true;
}
static_assert(stages_in_order(), "Stage names the steps in the order in which they are taken");

}  // namespace

SetupFailure become(const LaunchSpec& spec, Prepared& prepared, UniqueFd& report) {
    Context context{.spec = spec, .prepared = prepared, .report = report};
    for (const ChildStep& step : kSteps) {
        if (auto bad = step.take(context)) {
            bad->stage = step.stage;
            return *bad;
        }
    }
    return {};
}

}  // namespace anchorhold::init
