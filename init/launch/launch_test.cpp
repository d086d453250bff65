// The launch primitive against the real kernel: what is passed arrives, what is not named does not, and each step that
// fails is told as stage, object and errno.
#include "init/launch/launch.hpp"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <string>

#include "init/launch/cgroup.hpp"
#include "init/launch/child_end.hpp"
#include "init/launch/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::init;

namespace {

struct Output {
    int status = 0;
    std::string text;
    std::optional<SetupFailure> setup;

    [[nodiscard]] std::string end() const { return text_of(Death{.ended = ended_by(1, status), .setup = setup}); }
};

Output run(LaunchSpec spec) {
    int ends[2];
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    const UniqueFd reader(ends[0]);
    UniqueFd writer(ends[1]);
    for (const int output : {STDOUT_FILENO, STDERR_FILENO})
        spec.fds.push_back({.fd = writer.get(), .as = output});
    spec.environment.emplace_back("PATH=/usr/bin");
    auto child = launch(spec);
    INFO((child ? "" : child.error().text()));
    REQUIRE(child);
    writer.reset();
    Output out;
    char buffer[4096];
    for (ssize_t n = 0; (n = read(reader.get(), buffer, sizeof buffer)) > 0;)
        out.text.append(buffer, static_cast<std::size_t>(n));
    REQUIRE(waitpid(child->pid, &out.status, 0) == child->pid);
    out.setup = read_setup_failure(child->setup.get());
    return out;
}

LaunchSpec shell(const std::string& script) {
    LaunchSpec spec;
    spec.command = {"/usr/bin/sh", "-c", script};
    spec.drop_capabilities = false;
    spec.limits = {};  // the test may not raise any where root is only that of a user namespace
    return spec;
}

// Ends in `action` for one system call of the native ABI.
Filter answering(int call, std::uint32_t action) {
    return {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 1),
            BPF_STMT(BPF_RET | BPF_K, action), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
}

// The same where the call's first argument is that one.
Filter answering(int call, std::uint32_t first, std::uint32_t action) {
    return {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 3),
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, first, 0, 1),
            BPF_STMT(BPF_RET | BPF_K, action),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
}

// What a child tells of which the launching process, one of its own, stands under a filter.
std::optional<SetupFailure> failure_under(const Filter& filter, const LaunchSpec& spec) {
    int ends[2];
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    const UniqueFd reader(ends[0]);
    UniqueFd writer(ends[1]);
    const pid_t launcher = fork();
    if (launcher == 0) {
        if (load_filter(filter) != 0)
            _exit(1);
        const auto child = launch(spec);
        int status = 0;
        if (!child || waitpid(child->pid, &status, 0) < 0)
            _exit(1);
        if (const auto failure = read_setup_failure(child->setup.get()))
            (void)!write(writer.get(), &*failure, sizeof *failure);
        _exit(0);
    }
    writer.reset();
    const auto failure = read_setup_failure(reader.get());
    waitpid(launcher, nullptr, 0);
    return failure;
}

// Of a child that must fail at that stage, and tell so.
Error failure_at(Stage stage, const LaunchSpec& spec) {
    const Output out = run(spec);
    CHECK(WEXITSTATUS(out.status) == kSetupFailed);
    CHECK(out.text.empty());
    REQUIRE(out.setup);
    INFO(out.end());
    CHECK(out.setup->stage == stage);
    CHECK(out.setup->error().tried == name_of(stage));
    return out.setup->error();
}

}  // namespace

TEST_CASE("sockets are passed from 3 on, under their names, and nothing else is") {
    const UniqueFd first(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    const UniqueFd second(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const UniqueFd left_open(open("/", O_RDONLY));
    LaunchSpec spec = shell(
        "test $LISTEN_PID = $$ && echo $LISTEN_FDS $LISTEN_FDNAMES && test -S /dev/fd/3 && test -S /dev/fd/4 && "
        "ls -1 /proc/$$/fd; true");
    spec.sockets = {{"one", first.get()}, {"two", second.get()}};
    const Output out = run(spec);
    CHECK(out.text == "2 one:two\n0\n1\n2\n3\n4\n");
    CHECK(out.status == 0);
    CHECK_FALSE(out.setup);
}

TEST_CASE("a service's child has its user, no capability and no new privileges") {
    if (geteuid() != 0)
        SKIP("needs root");
    LaunchSpec spec = shell("id -u; id -G; grep -E '^(Cap|NoNewPrivs)' /proc/self/status");
    spec.drop_capabilities = true;
    spec.securebits = kRootWithoutRights;
    spec.uid = 12345;
    spec.gid = 12346;
    const Output out = run(spec);
    if (out.setup && out.setup->stage == Stage::groups)
        SKIP("this namespace has one user only");
    REQUIRE_FALSE(out.setup);
    CHECK(out.text ==
          "12345\n12346\nCapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
          "CapBnd:\t0000000000000000\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\n");
}

TEST_CASE("root with securebits for a service has no right") {
    LaunchSpec spec = shell("grep -E '^Cap(Prm|Eff|Bnd)' /proc/self/status");
    spec.drop_capabilities = true;
    spec.securebits = kRootWithoutRights;
    CHECK(run(spec).text == "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n");
}

TEST_CASE("limits, file mode mask, session and directory are what the spec says") {
    LaunchSpec spec =
        shell("ulimit -c; ulimit -n; umask; pwd; cut -d' ' -f6 /proc/$$/stat | grep -qx $$ && echo leads");
    spec.limits = {{RLIMIT_CORE, 0, 0}, {RLIMIT_NOFILE, 64, 64}};
    spec.directory = "/usr";
    CHECK(run(spec).text == "0\n64\n0077\n/usr\nleads\n");
}

TEST_CASE("each step that fails is told as stage, object and errno") {
    const UniqueFd not_a_namespace(open("/dev/null", O_RDONLY | O_CLOEXEC));
    LaunchSpec spec = shell("echo it ran");
    SECTION("a limit that the kernel does not know") {
        spec.limits = {{RLIM_NLIMITS, 0, 0}};
        const Error error = failure_at(Stage::limits, spec);
        CHECK(error.object == std::to_string(RLIM_NLIMITS));
        CHECK(error.number == EINVAL);
    }
    SECTION("a score beyond its bounds") {
        spec.oom_score_adj = 1001;
        const Error error = failure_at(Stage::oom_score, spec);
        CHECK(error.object == "1001");
        CHECK(error.number == EINVAL);
    }
    SECTION("a network that is none") {
        spec.network = not_a_namespace.get();
        const Error error = failure_at(Stage::namespaces, spec);
        CHECK(error.object == "network");
        CHECK(error.number == EINVAL);
    }
    SECTION("a view that cannot be made") {
        spec.namespaces = CLONE_NEWNS;
        spec.enter_view = [] { return Result<>(fail("bind /a", "/b", ELOOP, "it must not be a link")); };
        const Error error = failure_at(Stage::view, spec);
        CHECK(error.object == "/b");
        CHECK(error.number == ELOOP);
        CHECK(error.detail == "bind /a: it must not be a link");
    }
    SECTION("a descriptor that is not open") {
        spec.fds = {{.fd = 12345, .as = 7}};
        const Error error = failure_at(Stage::descriptors, spec);
        CHECK(error.object == "7");
        CHECK(error.number == EBADF);
    }
    SECTION("a profile that is not loaded") {
        spec.apparmor = "anchorhold-is-not-loaded";
        const Error error = failure_at(Stage::apparmor, spec);
        CHECK(error.object == "anchorhold-is-not-loaded");
        CHECK(error.number != 0);
    }
    SECTION("a group that is none") {
        spec.groups = {static_cast<gid_t>(-1)};
        const Error error = failure_at(Stage::groups, spec);
        CHECK(error.object == "supplementary");
        CHECK(error.number != 0);
    }
    SECTION("a securebit that is none") {
        spec.securebits = 1U << 20;
        const Error error = failure_at(Stage::securebits, spec);
        CHECK(error.object == "1048576");
        CHECK(error.number == EPERM);
    }
    SECTION("a directory that is not there") {
        spec.directory = "/nowhere";
        const Error error = failure_at(Stage::directory, spec);
        CHECK(error.object == "/nowhere");
        CHECK(error.number == ENOENT);
    }
    SECTION("a filter that is no program") {
        spec.filters = {{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0)}};
        const Error error = failure_at(Stage::filters, spec);
        CHECK(error.object == "/usr/bin/sh");
        CHECK(error.number == EINVAL);
    }
    SECTION("a program that is not there") {
        spec.command = {"/nowhere"};
        const Error error = failure_at(Stage::exec, spec);
        CHECK(error.object == "/nowhere");
        CHECK(error.number == ENOENT);
    }
}

TEST_CASE_METHOD(testing::MachineRoot, "a call that the kernel refuses a step is told with that step") {
    struct Row {
        Stage stage;
        const char* object;
        Filter refusing;
    };
    const auto refuse = SECCOMP_RET_ERRNO | EXDEV;
    const Row rows[] = {
        {Stage::session, "setsid", answering(SYS_setsid, refuse)},
        {Stage::loopback, "lo", answering(SYS_ioctl, refuse)},
        {Stage::descriptors, "the others", answering(SYS_close_range, refuse)},
        {Stage::groups, "12346", answering(SYS_setresgid, refuse)},
        {Stage::bounding_set, "0", answering(SYS_prctl, PR_CAPBSET_DROP, refuse)},
        {Stage::securebits, "capabilities kept until exec", answering(SYS_prctl, PR_SET_KEEPCAPS, refuse)},
        {Stage::user, "12345", answering(SYS_setresuid, refuse)},
        {Stage::capabilities, "", answering(SYS_capset, refuse)},
        {Stage::no_new_privs, "no_new_privs", answering(SYS_prctl, PR_SET_NO_NEW_PRIVS, refuse)},
    };
    LaunchSpec spec;
    spec.command = {"/usr/bin/true"};
    spec.limits = {};
    spec.namespaces = CLONE_NEWNET;
    spec.uid = 12345;
    spec.gid = 12346;
    for (const Row& row : rows) {
        INFO(name_of(row.stage));
        const auto failure = failure_under(row.refusing, spec);
        REQUIRE(failure);
        CHECK(name_of(failure->stage) == name_of(row.stage));
        CHECK(failure->error().object == row.object);
        CHECK(failure->number == EXDEV);
    }
}

TEST_CASE_METHOD(testing::MachineRoot, "a filter that refuses an id does not refuse it to the process it is for") {
    LaunchSpec spec = shell("id -u; grep Seccomp: /proc/self/status");
    spec.drop_capabilities = true;
    spec.securebits = kRootWithoutRights;
    spec.uid = 801;
    spec.gid = 801;
    spec.filters = {answering(SYS_setresuid, SECCOMP_RET_ERRNO | EPERM)};
    const Output out = run(spec);
    INFO(out.end());
    CHECK(out.text == "801\nSeccomp:\t2\n");
}

TEST_CASE_METHOD(testing::MachineRoot, "filters without no_new_privs are loaded, and leave no capability behind") {
    LaunchSpec spec = shell("grep -E '^(Cap(Prm|Eff)|NoNewPrivs|Seccomp):' /proc/self/status");
    spec.drop_capabilities = true;
    spec.capabilities = {CAP_KILL};
    spec.no_new_privs = false;
    spec.filters = {answering(SYS_reboot, SECCOMP_RET_ERRNO | EPERM)};
    CHECK(run(spec).text == "CapPrm:\t0000000000000020\nCapEff:\t0000000000000020\nNoNewPrivs:\t0\nSeccomp:\t2\n");
}

TEST_CASE("a child that the filter kills is told by its signal, and not as one that failed to start") {
    LaunchSpec spec = shell("mkdir /tmp/never; echo not reached");
    spec.command = {"/usr/bin/mkdir", "/tmp/anchorhold-never"};
    spec.filters = {answering(SYS_mkdir, SECCOMP_RET_KILL_PROCESS)};
    const Output out = run(spec);
    CHECK_FALSE(out.setup);
    CHECK(out.end() == "killed by signal " + std::to_string(SIGSYS));
    // At exec itself there is nobody left to tell.
    spec.filters = {answering(SYS_execve, SECCOMP_RET_KILL_PROCESS)};
    const Output unborn = run(spec);
    CHECK_FALSE(unborn.setup);
    CHECK(unborn.end() == "killed by signal " + std::to_string(SIGSYS));
}

TEST_CASE("an end has one text") {
    CHECK(text_of(Ended{.pid = 5, .how = CLD_EXITED, .status = 3}) == "exit status 3");
    CHECK(text_of(Ended{.pid = 5, .how = CLD_DUMPED, .status = 11}) == "killed by signal 11");
    const Output out = run(shell("exit 4"));
    CHECK(out.end() == "exit status 4");
    LaunchSpec nowhere = shell("");
    nowhere.command = {"/nowhere"};
    CHECK(run(nowhere).end() == "not started: exec /nowhere: No such file or directory (2)");
}

TEST_CASE("a spec that contradicts itself starts nothing") {
    LaunchSpec spec = shell("echo it ran");
    SECTION("two descriptors of one number") {
        spec.fds = {{.fd = 0, .as = 3}};
        spec.sockets = {{"one", 0}};
    }
    SECTION("a descriptor without a number") {
        spec.fds = {{.fd = 0, .as = -1}};
    }
    SECTION("a view in the caller's namespace") {
        spec.enter_view = [] { return Result<>(); };
    }
    SECTION("no program") {
        spec.command = {};
    }
    const auto refused = launch(spec);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().number == EINVAL);
}

TEST_CASE("a cgroup that is not there, or none, starts nothing") {
    LaunchSpec spec = shell("echo it ran");
    spec.cgroup = "/nowhere";
    CHECK(launch(spec).error().number == ENOENT);
    spec.cgroup = "/tmp";
    CHECK(launch(spec).error().number == EBADF);
    CHECK(make_cgroup({.path = "/tmp"}).error().number == EINVAL);
}

TEST_CASE("a failure from a pipe is bounded, and a stage that is none has a name") {
    SetupFailure failure{.stage = static_cast<Stage>(999), .number = 5};
    failure.object.fill('x');
    CHECK(failure.error().tried == "set-up");
    CHECK(failure.error().object == std::string(failure.object.size(), 'x'));
    int ends[2];
    REQUIRE(pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0);
    const UniqueFd reader(ends[0]);
    const UniqueFd writer(ends[1]);
    CHECK_FALSE(read_setup_failure(reader.get()));
    REQUIRE(write(writer.get(), "short", 5) == 5);
    CHECK_FALSE(read_setup_failure(reader.get()));
    CHECK_FALSE(read_setup_failure(-1));
}
