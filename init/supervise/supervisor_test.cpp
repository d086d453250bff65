#include "init/supervise/supervisor.hpp"

#include <sys/wait.h>

#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <csignal>

#include "init/system/fake_system.hpp"

using namespace anchorhold;
using namespace anchorhold::init;

namespace {

struct Bench {
    struct Timer {
        std::chrono::microseconds delay;
        std::function<void()> fire;
    };
    FakeSystem system;
    Children children{system};
    std::vector<Timer> timers;
    std::string log;
    bool no_timers = false;
    Timers make{[this](std::chrono::microseconds delay, std::function<void()> fire) -> Result<Watch> {
                    if (no_timers)
                        return fail("set timer", "", ENOMEM);
                    timers.push_back({delay, std::move(fire)});
                    return Watch();
                },
                [this](const Error& error) { log += "!" + error.tried; }};
    Supervisor supervisor{
        system,
        children,
        make,
        {.ready = [this](std::string_view name) { log += "+" + std::string(name); },
         .lost = [this](std::string_view name, std::string_view) { log += "-" + std::string(name); }}};

    void start(const std::string& name, bool guard) {
        supervisor.start({.name = name, .guard = guard, .start = [this, name] {
                              LaunchSpec spec;
                              spec.command = {name};
                              return system.launch(spec);
                          }});
    }
    void dies(pid_t pid, int how = CLD_KILLED, int status = SIGKILL) {
        system.ended.push_back({.pid = pid, .how = how, .status = status});
        children.collect();
        children.act();
    }
};

}  // namespace

TEST_CASE("the pause doubles, is capped, and starts anew after a stable run") {
    Backoff backoff;
    using Span = Backoff::Span;
    CHECK(backoff.next(Span(0), 0) == Span(100));
    CHECK(backoff.next(Span(5000), 0) == Span(200));
    CHECK(backoff.next(Span(0), 0) == Span(400));
    for (int i = 0; i < 50; ++i)
        CHECK(backoff.next(Span(0), 0) <= Backoff::kService.max_delay);
    CHECK(backoff.next(Span(0), 0) == Backoff::kService.max_delay);
    CHECK(backoff.tries() == 54);
    CHECK(backoff.next(Backoff::kService.stable, 0) == Span(100));
    CHECK(backoff.tries() == 1);
}

TEST_CASE("jitter adds at most a quarter") {
    for (const std::uint32_t random : {0U, 1U, 25U, 26U, 0xffffffffU}) {
        Backoff backoff;
        const auto pause = backoff.next(Backoff::Span(0), random);
        CHECK(pause >= Backoff::Span(100));
        CHECK(pause <= Backoff::Span(125));
    }
}

TEST_CASE("guards are ready when each has said so by its own pid") {
    Bench bench;
    CHECK_FALSE(bench.supervisor.guards_ready());
    bench.start("audit", true);
    bench.start("gate", true);
    bench.supervisor.notified(100, "READY=1\n");
    bench.supervisor.notified(999, "READY=1");
    bench.supervisor.notified(0, "READY=1");
    bench.supervisor.notified(-1, "READY=1");
    CHECK_FALSE(bench.supervisor.guards_ready());
    bench.supervisor.notified(101, "STATUS=profile demo 1\nNOT_READY=1");
    bench.supervisor.notified(101, "READY=10");
    CHECK_FALSE(bench.supervisor.guards_ready());
    bench.supervisor.notified(101, "READY=1\nREADY=1");
    CHECK(bench.supervisor.guards_ready());
    CHECK(bench.supervisor.status("gate") == "profile demo 1");
    CHECK(bench.log == "+audit+gate");
}

TEST_CASE("a guard that dies is lost at once and comes back after its pause") {
    Bench bench;
    bench.start("gate", true);
    bench.supervisor.notified(100, "READY=1");
    bench.timers.clear();
    bench.dies(100);
    CHECK(bench.log == "+gate-gate");
    CHECK_FALSE(bench.supervisor.guards_ready());
    CHECK_FALSE(bench.supervisor.running("gate"));
    REQUIRE(bench.timers.size() == 1);
    CHECK(bench.timers[0].delay == std::chrono::milliseconds(100));
    bench.timers[0].fire();
    CHECK(bench.supervisor.running("gate"));
    bench.supervisor.notified(100, "READY=1");
    CHECK_FALSE(bench.supervisor.guards_ready());
    bench.supervisor.notified(101, "READY=1");
    CHECK(bench.supervisor.guards_ready());
    CHECK(bench.log == "+gate-gate+gate");
}

TEST_CASE("what is no guard comes back as well, and the guards are ready without it") {
    Bench bench;
    bench.start("gate", true);
    bench.start("agent-api", false);
    CHECK(bench.supervisor.guard("gate"));
    CHECK_FALSE(bench.supervisor.guard("agent-api"));
    CHECK_FALSE(bench.supervisor.guard("none"));
    bench.supervisor.notified(100, "READY=1");
    CHECK(bench.supervisor.guards_ready());
    bench.supervisor.notified(101, "READY=1");
    bench.timers.clear();
    bench.dies(101);
    CHECK(bench.log == "+gate+agent-api-agent-api");
    CHECK(bench.supervisor.guards_ready());
    REQUIRE(bench.timers.size() == 1);
    bench.timers[0].fire();
    bench.supervisor.notified(102, "READY=1");
    CHECK(bench.supervisor.ready("agent-api"));
}

TEST_CASE("a program that cannot be started is tried again too") {
    Bench bench;
    bench.system.refuse["launch gate"] = ENOENT;
    bench.start("gate", true);
    CHECK(bench.log == "-gate");
    CHECK(bench.supervisor.tries("gate") == 1);
    REQUIRE(bench.timers.size() == 1);
    bench.timers[0].fire();
    CHECK(bench.log == "-gate-gate");
    CHECK(bench.supervisor.tries("gate") == 2);
}

TEST_CASE("a service that is not READY in time is killed") {
    Bench bench;
    bench.start("gate", true);
    REQUIRE(bench.timers.size() == 1);
    CHECK(bench.timers[0].delay == Supervisor::kPatience);
    bench.timers[0].fire();
    CHECK(bench.system.called("signal 9"));
    CHECK(bench.log == "-gate");
}

TEST_CASE("a restart or a wait that cannot be timed is never left unsaid") {
    Bench bench;
    bench.no_timers = true;
    bench.start("gate", true);
    CHECK(bench.log == "!set timer");
    bench.dies(100);
    CHECK(bench.log == "!set timer-gate!set timer");
}

TEST_CASE("nothing comes back once the machine goes down") {
    Bench bench;
    bench.start("gate", true);
    bench.supervisor.stop_restarting();
    bench.timers.clear();
    bench.dies(100, CLD_EXITED, 0);
    CHECK(bench.timers.empty());
    CHECK_FALSE(bench.supervisor.running("gate"));
    CHECK_FALSE(bench.supervisor.signal("gate", SIGTERM));
}

TEST_CASE("ten thousand orphans are reaped in one turn and disturb nobody") {
    Bench bench;
    bench.start("gate", true);
    for (pid_t pid = 1000; pid < 11'000; ++pid)
        bench.system.ended.push_back({.pid = pid, .how = CLD_EXITED, .status = 0});
    bench.children.collect();
    bench.children.act();
    CHECK(bench.system.reaped.size() == 10'000);
    CHECK(bench.supervisor.running("gate"));
}

TEST_CASE("the table of children is full at its limit and not before") {
    FakeSystem system;
    Children children(system);
    for (pid_t pid = 1; pid <= static_cast<pid_t>(Children::kMaxWatched); ++pid)
        REQUIRE(children.watch(Child{.pid = pid, .pidfd = {}, .setup = {}}, [](const Death&) {}));
    const auto refused = children.watch(Child{.pid = 99, .pidfd = {}, .setup = {}}, [](const Death&) {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().number == ENOSPC);
    CHECK(system.called("signal 9"));
}
