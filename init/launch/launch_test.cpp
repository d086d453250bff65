// The launch primitive against the real kernel: what is passed arrives, and what is not named does not.
#include "init/launch/launch.hpp"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/capability.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <csignal>
#include <string>

#include "init/launch/cgroup.hpp"
#include "init/launch/child_end.hpp"
#include "init/launch/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::init;
using testing::answering;
using testing::Output;
using testing::run;
using testing::shell;

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
