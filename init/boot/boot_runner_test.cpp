#include "init/boot/boot_runner.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace anchorhold;
using namespace anchorhold::init;

namespace {

struct Trace {
    std::string order;
    Done waiting;
};
using Runner = BootRunner<Trace>;

constexpr Step<Trace> kSteps[] = {
    {"a",
     [](Trace& t, Done done) {
         t.order += 'a';
         done({});
     },
     "done at once"},
    {"b",
     [](Trace& t, Done done) {
         t.order += 'b';
         t.waiting = std::move(done);
     },
     "waits"},
    {"c",
     [](Trace& t, Done done) {
         t.order += 'c';
         done({});
     },
     "after the wait"},
};

struct Outcome {
    std::string failed;
    int finished = 0;
    std::uint64_t now = 0;
    Runner::Ends ends() {
        return {[this] { return ++now; },
                [this](std::string_view step, const Error& error) { failed = std::string(step) + ": " + error.text(); },
                [this] { ++finished; }};
    }
};

}  // namespace

TEST_CASE("steps run in the table's order and a waiting step holds the next") {
    Trace trace;
    Outcome outcome;
    Runner runner(kSteps, trace, outcome.ends());
    runner.start();
    CHECK(trace.order == "ab");
    CHECK(outcome.finished == 0);
    trace.waiting({});
    CHECK(trace.order == "abc");
    CHECK(outcome.finished == 1);
    REQUIRE(runner.stamps().size() == 3);
    CHECK(runner.stamps()[1].step == "b");
    CHECK(runner.stamps()[1].microseconds == 2);
}

TEST_CASE("a failed step is named and nothing runs after it") {
    Trace trace;
    Outcome outcome;
    Runner runner(kSteps, trace, outcome.ends());
    runner.start();
    trace.waiting(fail("format", "/dev/vdb", EIO));
    CHECK(outcome.failed == "b: format /dev/vdb: Input/output error (5)");
    CHECK(trace.order == "ab");
    CHECK(outcome.finished == 0);
}

TEST_CASE("a step that is done twice counts once") {
    Trace trace;
    Outcome outcome;
    Runner runner(kSteps, trace, outcome.ends());
    runner.start();
    const Done twice = trace.waiting;
    twice({});
    twice({});
    twice(fail("late", "", 0));
    CHECK(trace.order == "abc");
    CHECK(outcome.finished == 1);
    CHECK(outcome.failed.empty());
}

TEST_CASE("a runner that was stopped starts nothing more") {
    Trace trace;
    Outcome outcome;
    Runner runner(kSteps, trace, outcome.ends());
    runner.start();
    runner.stop();
    trace.waiting({});
    CHECK(trace.order == "ab");
    CHECK(outcome.finished == 0);
}

TEST_CASE("ten thousand steps that are done at once need no deep stack") {
    Trace trace;
    Outcome outcome;
    const std::vector<Step<Trace>> many(10'000, Step<Trace>{"x", [](Trace&, Done done) { done({}); }, ""});
    Runner runner(many, trace, outcome.ends());
    runner.start();
    CHECK(outcome.finished == 1);
}
