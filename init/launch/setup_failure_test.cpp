// Each step that fails is told as stage, object and errno, to whoever started the child.
#include "init/launch/setup_failure.hpp"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <string>

#include "init/launch/launch.hpp"
#include "init/launch/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::init;
using testing::answering;
using testing::run;
using testing::shell;

namespace {

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
    const auto out = run(spec);
    CHECK(WEXITSTATUS(out.status) == kSetupFailed);
    CHECK(out.text.empty());
    REQUIRE(out.setup);
    INFO(out.end());
    CHECK(out.setup->stage == stage);
    CHECK(out.setup->error().tried == name_of(stage));
    return out.setup->error();
}

}  // namespace

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
