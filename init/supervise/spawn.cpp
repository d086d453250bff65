#include "init/supervise/spawn.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <optional>

#include "init/cell/label.hpp"

namespace anchorhold::init {

const char* name_of(SetupFailure::Stage stage) {
    static constexpr std::array names{
        "new session", "oom_score_adj", "pass descriptors", "groups",         "bounding set", "securebits",
        "user",        "no_new_privs",  "AppArmor profile", "seccomp filter", "exec"};
    const auto index = static_cast<std::size_t>(stage);
    return index < names.size() ? names[index] : "set-up";
}

namespace {

using Stage = SetupFailure::Stage;
using Failed = std::optional<SetupFailure>;

constexpr int kFirstPassed = 3;
// Above every descriptor that is passed, so that moving them never overwrites one still needed.
constexpr int kParkedFrom = 200;
// The kernel's 1024 would be a limit on the agent's connections.
constexpr rlimit kOpenFiles{.rlim_cur = 65536, .rlim_max = 65536};
constexpr std::string_view kListenPid = "LISTEN_PID=";
constexpr std::size_t kPidRoom = 12;

SetupFailure failed(Stage stage, int number = errno) {
    return SetupFailure{.stage = stage, .number = number};
}

// Everything the child needs, made before it exists.
struct Prepared {
    std::vector<std::string> environment;
    std::vector<char*> argv;
    std::vector<char*> envp;
    char* listen_pid = nullptr;  // room for the digits
};

Prepared prepare(const ChildSpec& spec) {
    Prepared out;
    out.environment = spec.environment;
    if (!spec.sockets.empty()) {
        std::string names = "LISTEN_FDNAMES=";
        for (std::size_t i = 0; i < spec.sockets.size(); ++i)
            names += (i == 0 ? "" : ":") + spec.sockets[i].first;
        out.environment.push_back("LISTEN_FDS=" + std::to_string(spec.sockets.size()));
        out.environment.push_back(std::move(names));
        out.environment.push_back(std::string(kListenPid) + std::string(kPidRoom, '\0'));
        out.listen_pid = out.environment.back().data() + kListenPid.size();
    }
    for (const std::string& word : spec.command)
        out.argv.push_back(const_cast<char*>(word.c_str()));
    out.argv.push_back(nullptr);
    for (std::string& variable : out.environment)
        out.envp.push_back(variable.data());
    out.envp.push_back(nullptr);
    return out;
}

Failed pass_descriptors(const ChildSpec& spec, int& report) {
    report = fcntl(report, F_DUPFD_CLOEXEC, kParkedFrom);
    if (report < 0)
        return failed(Stage::descriptors);
    std::vector<int> parked;
    for (const auto& [name, fd] : spec.sockets) {
        parked.push_back(fcntl(fd, F_DUPFD_CLOEXEC, kParkedFrom));
        if (parked.back() < 0)
            return failed(Stage::descriptors);
    }
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    const int output = spec.output >= 0 ? spec.output : null;
    if (null < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0 || dup2(null, 0) < 0)
        return failed(Stage::descriptors);
    for (std::size_t i = 0; i < parked.size(); ++i) {
        if (dup2(parked[i], kFirstPassed + static_cast<int>(i)) < 0)
            return failed(Stage::descriptors);
    }
    const auto first_free = static_cast<unsigned>(kFirstPassed + static_cast<int>(parked.size()));
    if (close_range(first_free, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
        return failed(Stage::descriptors);
    return std::nullopt;
}

Failed set_score(int adjustment) {
    const UniqueFd file(open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
    const std::string text = std::to_string(adjustment);
    if (!file || write(file.get(), text.data(), text.size()) < 0)
        return failed(Stage::score);
    return std::nullopt;
}

Failed give_up_privileges(const ChildSpec& spec) {
    if (setgroups(0, nullptr) < 0 || setresgid(spec.gid, spec.gid, spec.gid) < 0)
        return failed(Stage::groups);
    // Until exec, which ends it: the label needs one (init/cell/label.hpp).
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
        return failed(Stage::privileges);
    if (spec.drop_capabilities) {
        cap_reset_ambient();
        for (cap_value_t cap = 0; cap < cap_max_bits(); ++cap) {
            if (cap_get_bound(cap) == 1 && cap_drop_bound(cap) < 0)
                return failed(Stage::bounding);
        }
        constexpr auto locked = SECBIT_KEEP_CAPS | SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
                                SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
                                SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
        if (prctl(PR_SET_SECUREBITS, locked) < 0)
            return failed(Stage::securebits);
    }
    if (setresuid(spec.uid, spec.uid, spec.uid) < 0)
        return failed(Stage::user);
    if (spec.uid != 0 || spec.drop_capabilities) {
        if (auto kept = cell::keep_until_exec({}, spec.apparmor); !kept)
            return failed(Stage::privileges, kept.error().number);
    }
    if (spec.no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return failed(Stage::privileges);
    return std::nullopt;
}

Failed add_filter(std::vector<sock_filter> program) {
    if (program.empty())
        return std::nullopt;
    const sock_fprog filter{.len = static_cast<unsigned short>(program.size()), .filter = program.data()};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0)
        return failed(Stage::filter);
    return std::nullopt;
}

// Returns only when something failed.
SetupFailure become(const ChildSpec& spec, Prepared& prepared, int& report) {
    for (int number = 1; number < NSIG; ++number)
        static_cast<void>(std::signal(number, SIG_DFL));  // SIGKILL and SIGSTOP refuse
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    const rlimit no_core{};
    setrlimit(RLIMIT_CORE, &no_core);
    setrlimit(RLIMIT_NOFILE, &kOpenFiles);
    umask(077);
    if (setsid() < 0 || chdir("/") < 0)
        return failed(Stage::session);
    if (auto bad = set_score(spec.oom_score_adj))
        return *bad;
    if (auto bad = pass_descriptors(spec, report))
        return *bad;
    if (auto asked = cell::ask_label(spec.apparmor); !asked)
        return failed(Stage::apparmor, asked.error().number);
    if (auto bad = give_up_privileges(spec))
        return *bad;
    if (prepared.listen_pid != nullptr)
        std::to_chars(prepared.listen_pid, prepared.listen_pid + kPidRoom - 1, getpid());
    if (auto bad = add_filter(spec.filter))
        return *bad;
    execve(prepared.argv[0], prepared.argv.data(), prepared.envp.data());
    return failed(Stage::exec);
}

}  // namespace

Result<Child> spawn_child(const ChildSpec& spec) {
    Prepared prepared = prepare(spec);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return fail("make pipe for", spec.command[0], errno);
    UniqueFd reader(ends[0]);
    const UniqueFd writer(ends[1]);

    UniqueFd cgroup;
    clone_args args{};
    int pidfd = -1;
    args.flags = CLONE_PIDFD;
    args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
    args.exit_signal = SIGCHLD;
    if (!spec.cgroup.empty()) {
        cgroup.reset(open(spec.cgroup.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!cgroup)
            return fail("open cgroup", spec.cgroup, errno);
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = static_cast<__u64>(cgroup.get());
    }
    const auto pid = static_cast<pid_t>(syscall(SYS_clone3, &args, sizeof args));
    if (pid < 0)
        return fail("start", spec.command[0], errno);
    if (pid == 0) {
        int report = writer.get();
        const SetupFailure why = become(spec, prepared, report);
        const bool told = write(report, &why, sizeof why) == sizeof why;
        _exit(told ? 127 : 126);
    }
    return Child{.pid = pid, .pidfd = UniqueFd(pidfd), .setup = std::move(reader)};
}

}  // namespace anchorhold::init
