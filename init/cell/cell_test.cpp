#include "init/cell/cell.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>

#include "init/cell/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::cell;
using testing::output_of;
using testing::run;
using testing::small_cell;

namespace {

Spec shell(const std::string& script) {
    return small_cell({"/usr/bin/sh", "-c", script});
}

}  // namespace

TEST_CASE_METHOD(testing::MachineRoot, "the program runs, its status and output come back") {
    auto outcome = run(shell("echo hello; exit 3"));
    REQUIRE(outcome);
    CHECK(outcome->output == "hello\n");
    CHECK(WEXITSTATUS(outcome->status) == 3);
}

TEST_CASE_METHOD(testing::MachineRoot, "it is pid 1 and sees no process of the outside") {
    CHECK(output_of(shell("echo $$; cd /proc; for d in [0-9]*; do echo $d; done")) == "1\n1\n");
}

TEST_CASE_METHOD(testing::MachineRoot, "no capability is left in any set, and no way to gain one") {
    Spec spec = shell("grep -E '^(Cap|NoNewPrivs|Uid|Gid|Groups)' /proc/self/status");
    spec.uid = 1000;
    spec.gid = 1000;
    CHECK(output_of(spec) ==
          "Uid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nGroups:\t \n"
          "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
          "CapBnd:\t0000000000000000\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\n");
}

TEST_CASE_METHOD(testing::MachineRoot, "root in the cell has the named capabilities and no others") {
    Spec spec = shell("grep -E '^Cap(Prm|Eff|Bnd)' /proc/self/status");
    spec.capabilities = {5, 6, 7};
    CHECK(output_of(spec) == "CapPrm:\t00000000000000e0\nCapEff:\t00000000000000e0\nCapBnd:\t00000000000000e0\n");
}

TEST_CASE_METHOD(testing::MachineRoot, "the guards can be left out one by one") {
    Spec spec = shell("grep -E '^(CapBnd|NoNewPrivs|Seccomp):' /proc/self/status");
    spec.drop_capabilities = false;
    spec.no_new_privs = false;
    const std::string text = output_of(spec);
    CHECK(text.find("CapBnd:\t0000000000000000") == std::string::npos);
    CHECK(text.find("NoNewPrivs:\t0") != std::string::npos);
    CHECK(text.find("Seccomp:\t0") != std::string::npos);
}

TEST_CASE_METHOD(testing::MachineRoot, "the root is read-only and what is not in the table is not there") {
    CHECK(output_of(shell("touch /x 2>&1; touch /usr/x 2>&1; ls /run /dev")) ==
          "touch: cannot touch '/x': Read-only file system\ntouch: cannot touch '/usr/x': Read-only file system\n"
          "/dev:\nnull\n\n/run:\nprobe\n");
}

TEST_CASE_METHOD(testing::MachineRoot, "rows make files, directories, links; masks hide; read_only seals") {
    using enum MountKind;
    Spec spec = shell(
        "cat /run/f; readlink /run/l; stat -c '%a %u %F' /run/d; cat /proc/version; ls /proc/fs;"
        "(echo x > /proc/sys/kernel/hostname) 2>&1; id -u");
    const std::vector<Mount> rows{
        {.kind = file, .target = "/run/f", .data = "content\n", .mode = 0644},
        {.kind = symlink, .target = "/run/l", .source = "f"},
        {.kind = directory, .target = "/run/d", .mode = 0750, .uid = 1000},
        {.kind = mask, .target = "/proc/version"},
        {.kind = mask, .target = "/proc/fs"},
        {.kind = mask, .target = "/proc/is-not-there", .optional = true},
        {.kind = read_only, .target = "/proc/sys"},
    };
    spec.mounts.insert(spec.mounts.end(), rows.begin(), rows.end());
    CHECK(output_of(spec) ==
          "content\nf\n750 1000 directory\n/usr/bin/sh: 1: cannot create /proc/sys/kernel/hostname: Read-only file "
          "system\n0\n");
}

TEST_CASE_METHOD(testing::MachineRoot, "descriptors: those passed, null for the standard ones, nothing else") {
    const UniqueFd left_open(open("/", O_RDONLY));
    const UniqueFd passed(open("/usr", O_RDONLY | O_CLOEXEC));
    Spec spec = shell("for f in 0 1 5; do readlink /proc/$$/fd/$f; done; ls /proc/$$/fd; true");
    spec.fds = {{.fd = passed.get(), .as = 5}};
    const std::string text = output_of(spec);
    CHECK(text.starts_with("/dev/null\npipe:["));
    CHECK(text.ends_with("]\n/usr\n0\n1\n2\n5\n"));
}

TEST_CASE_METHOD(testing::MachineRoot, "two descriptors may change places") {
    const UniqueFd one(open("/usr", O_RDONLY | O_CLOEXEC));
    const UniqueFd two(open("/etc", O_RDONLY | O_CLOEXEC));
    Spec spec =
        shell("readlink /proc/$$/fd/" + std::to_string(one.get()) + " /proc/$$/fd/" + std::to_string(two.get()));
    spec.fds = {{.fd = one.get(), .as = two.get()}, {.fd = two.get(), .as = one.get()}};
    CHECK(output_of(spec) == "/etc\n/usr\n");
}

TEST_CASE_METHOD(testing::MachineRoot, "hostname, environment, directory, oom score and signals are the cell's own") {
    struct sigaction ignored{};
    struct sigaction before{};
    ignored.sa_handler = SIG_IGN;
    sigaction(SIGUSR1, &ignored, &before);
    Spec spec =
        shell("uname -n; env | sort; cat /proc/self/oom_score_adj; exec grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status");
    spec.hostname = "anchor";
    spec.directory = "/usr";
    // The most there is: a process that already has more than asked for may not be able to go down.
    spec.oom_score_adj = 1000;
    const std::string text = output_of(spec);
    sigaction(SIGUSR1, &before, nullptr);
    INFO(text);
    CHECK(text.starts_with(
        "anchor\nPATH=/usr/bin\nPWD=/usr\n1000\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"));
}

TEST_CASE_METHOD(testing::MachineRoot, "a network of its own has a loopback that is up and nothing else") {
    const std::string text = output_of(shell("ip -br link"));
    CHECK(text.starts_with("lo "));
    CHECK(text.find("LOWER_UP") != std::string::npos);
    CHECK(text.find('\n') == text.size() - 1);
}

TEST_CASE_METHOD(testing::MachineRoot, "a failure tells stage, object and errno") {
    const auto failure_of = [](const Spec& spec) {
        auto outcome = run(spec);
        REQUIRE(outcome);
        CHECK(WEXITSTATUS(outcome->status) == init::kSetupFailed);
        REQUIRE(outcome->failure);
        return *outcome->failure;
    };
    SECTION("program") {
        const auto failure = failure_of(small_cell({"/usr/bin/is-not-there"}));
        CHECK(failure.stage == init::Stage::exec);
        CHECK(failure.error().object == "/usr/bin/is-not-there");
        CHECK(failure.number == ENOENT);
    }
    SECTION("mount source") {
        Spec spec = shell("true");
        spec.mounts.push_back({.kind = MountKind::bind, .target = "/run/x", .source = "/is/not/there"});
        const auto failure = failure_of(spec);
        CHECK(failure.stage == init::Stage::view);
        CHECK(failure.error().detail == "bind /is/not/there");
        CHECK(failure.error().object == "/run/x");
        CHECK(failure.number == ENOENT);
    }
    SECTION("mount point that the image lacks") {
        Spec spec = shell("true");
        spec.mounts.push_back({.kind = MountKind::fresh, .target = "/is-not-there", .source = "tmpfs"});
        const auto failure = failure_of(spec);
        CHECK(failure.stage == init::Stage::view);
        CHECK(failure.error().object == "/is-not-there");
        CHECK(failure.number == EROFS);
    }
    SECTION("profile of a kernel that has none") {
        Spec spec = shell("true");
        spec.apparmor = "anchorhold-is-not-loaded";
        const auto failure = failure_of(spec);
        CHECK(failure.stage == init::Stage::apparmor);
        CHECK(failure.error().object == "anchorhold-is-not-loaded");
        CHECK(failure.number != 0);
    }
    SECTION("nothing was cloned") {
        Spec spec = shell("true");
        spec.namespaces = 0;
        auto outcome = run(spec);
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error().number == EINVAL);
    }
}

TEST_CASE_METHOD(testing::MachineRoot, "the AppArmor profile is entered by exec and cannot be left") {
    std::ifstream loaded("/sys/kernel/security/apparmor/profiles");
    const std::string profiles((std::istreambuf_iterator<char>(loaded)), std::istreambuf_iterator<char>());
    if (profiles.find("anchorhold-agent (enforce)") == std::string::npos)
        SKIP("this kernel has no AppArmor, or the profile is not loaded");
    Spec spec = shell(
        "cat /proc/self/attr/apparmor/current; (echo changeprofile unconfined > /proc/self/attr/apparmor/current) 2>&1;"
        "(echo x > /proc/sys/kernel/hostname) 2>&1; mount -t tmpfs x /run 2>/dev/null || echo no mount");
    spec.apparmor = "anchorhold-agent";
    // Root with all capabilities and no filter: only the profile is left to refuse.
    spec.drop_capabilities = false;
    spec.no_new_privs = false;
    CHECK(output_of(spec) ==
          "anchorhold-agent (enforce)\n/usr/bin/sh: 1: cannot create /proc/self/attr/apparmor/current: Permission "
          "denied\n"
          "/usr/bin/sh: 1: cannot create /proc/sys/kernel/hostname: Permission denied\nno mount\n");
    spec.apparmor.clear();
    CHECK(output_of(spec).find("no mount") == std::string::npos);
}

TEST_CASE_METHOD(testing::MachineRoot, "the parent learns of the start without waiting for the end") {
    const auto running = testing::start(shell("sleep 1000"));
    REQUIRE(running);
    CHECK(testing::is_set_up(*running));
    CHECK(kill(running->pid, 0) == 0);
    CHECK(kill(running->pid, SIGKILL) == 0);
    int status = 0;
    CHECK(waitpid(running->pid, &status, 0) == running->pid);
}

TEST_CASE_METHOD(testing::MachineRoot, "it is born in its cgroup, sees that as the root, and dies with it") {
    const std::string root = testing::cgroup_root();
    if (root.empty())
        SKIP("no cgroup v2 here");
    const std::string directory = root + "/anchorhold-cell-test-" + std::to_string(getpid());
    Spec spec = shell("cat /proc/self/cgroup | tail -n 1");
    spec.cgroup = directory;
    CHECK(output_of(spec) == "0::/\n");

    spec.command = {"/usr/bin/sleep", "1000"};
    const auto running = testing::start(spec);
    REQUIRE(running);
    REQUIRE(testing::is_set_up(*running));
    std::ifstream members(directory + "/cgroup.procs");
    pid_t member = 0;
    members >> member;
    CHECK(member == running->pid);
    std::ofstream(directory + "/cgroup.kill") << 1;
    int status = 0;
    CHECK(waitpid(running->pid, &status, 0) == running->pid);
    CHECK(WTERMSIG(status) == SIGKILL);
    CHECK(rmdir(directory.c_str()) == 0);
}

TEST_CASE_METHOD(testing::MachineRoot, "limits are set, or the missing controller is named") {
    const std::string root = testing::cgroup_root();
    if (root.empty())
        SKIP("no cgroup v2 here");
    const std::string directory = root + "/anchorhold-limit-test-" + std::to_string(getpid());
    Spec spec = shell("true");
    spec.cgroup = directory;
    spec.cgroup_limits = {{"memory.max", 64 << 20}, {"pids.max", 10}};
    const auto controllers = init::make_cgroup({.path = root, .controllers = "+memory +pids"});
    const auto outcome = run(spec);
    std::string limit;
    std::ifstream(directory + "/pids.max") >> limit;
    rmdir(directory.c_str());
    if (!outcome) {
        CHECK(outcome.error().tried == "cgroup");
        SKIP("this machine's cgroup v2 has no pids and memory: " << outcome.error().text());
    }
    CHECK(limit == "10");
}
