// The check that READY waits for: it passes where an agent can work, and names what is refused where it cannot.
#include "init/cell/session.hpp"

#include <seccomp.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cerrno>

#include "base/freed.hpp"
#include "base/unique_fd.hpp"
#include "init/cell/seccomp.hpp"
#include "init/cell/testing.hpp"
#include "init/cell/told.hpp"

using namespace anchorhold;
using namespace anchorhold::cell;

namespace {

// The check's word from a child of the test, so that the test keeps its own rights.
Error outcome(const std::string& program, const Filter& filter = {}) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const UniqueFd reader(ends[0]);
    UniqueFd writer(ends[1]);
    const pid_t child = fork();
    if (child == 0) {
        if (!filter.empty() && init::load_filter(filter) != 0)
            _exit(1);
        const auto done = check_as_session(program);
        const Told told = done ? Told{} : tell(done.error());
        _exit(write(writer.get(), &told, sizeof told) == sizeof told ? 0 : 1);
    }
    writer.reset();
    Told told;
    REQUIRE(read(reader.get(), &told, sizeof told) == sizeof told);
    waitpid(child, nullptr, 0);
    const auto said = heard(told);
    return said ? Error{} : said.error();
}

Filter refusing(const char* call) {
    const Owned<void, seccomp_release> context(seccomp_init(SCMP_ACT_ALLOW));
    REQUIRE(seccomp_rule_add(context.get(), SCMP_ACT_ERRNO(EACCES), seccomp_syscall_resolve_name(call), 0) == 0);
    std::size_t size = 0;
    REQUIRE(seccomp_export_bpf_mem(context.get(), nullptr, &size) == 0);
    Filter filter(size / sizeof(sock_filter));
    REQUIRE(seccomp_export_bpf_mem(context.get(), filter.data(), &size) == 0);
    return filter;
}

}  // namespace

TEST_CASE_METHOD(testing::MachineRoot, "an agent that can signal, see and trace its child passes the check") {
    const Error error = outcome(AGENT_CHECK);
    INFO(error.text());
    CHECK(error.tried.empty());
}

TEST_CASE_METHOD(testing::MachineRoot, "an agent that may not signal or trace is told of by name and errno") {
    const Error kept = outcome(AGENT_CHECK, refusing("kill"));
    CHECK(kept.tried == "signal");
    CHECK(kept.number == EACCES);
    const Error untraced = outcome(AGENT_CHECK, refusing("ptrace"));
    CHECK(untraced.tried == "trace");
    CHECK(untraced.object == "a child of one's own");
    CHECK(untraced.number == EACCES);
}

TEST_CASE_METHOD(testing::MachineRoot, "a check that cannot run fails") {
    CHECK(outcome("/nowhere").tried == "exec");
    CHECK(outcome("/usr/bin/false").tried == "check of the agent's world");
}

TEST_CASE("what is told is heard, cut to its place, and bytes without an end are no harm") {
    const auto said = heard(tell({.tried = "mount", .object = std::string(600, 'x'), .number = 5, .detail = "do so"}));
    REQUIRE_FALSE(said);
    CHECK(said.error().tried == "mount");
    CHECK(said.error().object == std::string(511, 'x'));
    CHECK(said.error().number == 5);
    Told full;
    full.tried.fill('y');
    CHECK(heard(full).error().tried == std::string(64, 'y'));
    CHECK(heard(Told{}));
}
