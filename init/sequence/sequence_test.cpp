#include "init/sequence/sequence.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <string>
#include <vector>

using namespace anchorhold;
using namespace anchorhold::init;

namespace {

struct Trace {
    std::string order;
    Done waiting;
};
using Runner = Sequence<Trace>;

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
    bool no_timers = false;
    int timers_failed = 0;
    std::vector<std::function<void()>> fires;
    Timers timers{[this](std::chrono::microseconds, std::function<void()> fire) -> Result<Watch> {
                      if (no_timers)
                          return fail("set timer", "", ENOMEM);
                      fires.push_back(std::move(fire));
                      return Watch();
                  },
                  [this](const Error&) { ++timers_failed; }};
    Runner::Callbacks callbacks() {
        return {[this] { return ++now; },
                [this](std::string_view step, const Error& error) { failed = std::string(step) + ": " + error.text(); },
                [this] { ++finished; }};
    }
};

}  // namespace

TEST_CASE("steps run in the table's order and a waiting step holds the next") {
    Trace trace;
    Outcome outcome;
    Runner runner(kSteps, trace, outcome.timers, OnFailure::end, outcome.callbacks());
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
    Runner runner(kSteps, trace, outcome.timers, OnFailure::end, outcome.callbacks());
    runner.start();
    trace.waiting(fail("format", "/dev/vdb", EIO));
    CHECK(outcome.failed == "b: format /dev/vdb: Input/output error (5)");
    CHECK(trace.order == "ab");
    CHECK(outcome.finished == 0);
}

TEST_CASE("a step that is done twice counts once") {
    Trace trace;
    Outcome outcome;
    Runner runner(kSteps, trace, outcome.timers, OnFailure::end, outcome.callbacks());
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
    Runner runner(kSteps, trace, outcome.timers, OnFailure::end, outcome.callbacks());
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
    Runner runner(many, trace, outcome.timers, OnFailure::end, outcome.callbacks());
    runner.start();
    CHECK(outcome.finished == 1);
}

namespace {

// Each waits, the first two for at most a second.
constexpr Step<Trace> kBounded[] = {
    {"a",
     [](Trace& t, Done done) {
         t.order += 'a';
         t.waiting = std::move(done);
     },
     "", std::chrono::seconds(1)},
    {"b",
     [](Trace& t, Done done) {
         t.order += 'b';
         t.waiting = std::move(done);
     },
     "", std::chrono::seconds(1)},
    {"c",
     [](Trace& t, Done done) {
         t.order += 'c';
         t.waiting = std::move(done);
     },
     ""},
};

}  // namespace

TEST_CASE("a step that uses up its budget is left behind, and what it says later is nothing") {
    Trace trace;
    Outcome outcome;
    Runner runner(kBounded, trace, outcome.timers, OnFailure::go_on, outcome.callbacks());
    runner.start();
    const Done late = trace.waiting;
    REQUIRE(outcome.fires.size() == 1);
    outcome.fires[0]();
    CHECK(trace.order == "ab");
    late({});
    outcome.fires[0]();
    CHECK(trace.order == "ab");
    trace.waiting({});
    CHECK(trace.order == "abc");
    CHECK(outcome.fires.size() == 2);
    outcome.fires[1]();
    CHECK(outcome.finished == 0);
    trace.waiting({});
    CHECK(outcome.finished == 1);
}

TEST_CASE("where a failure does not end the sequence it is told, and the next step begins") {
    Trace trace;
    Outcome outcome;
    Runner runner(kBounded, trace, outcome.timers, OnFailure::go_on, outcome.callbacks());
    runner.start();
    trace.waiting(fail("stop", "gate", EIO));
    CHECK(outcome.failed == "a: stop gate: Input/output error (5)");
    CHECK(trace.order == "ab");
}

TEST_CASE("a step that cannot be timed gets no time") {
    Trace trace;
    Outcome outcome;
    outcome.no_timers = true;
    Runner runner(kBounded, trace, outcome.timers, OnFailure::go_on, outcome.callbacks());
    runner.start();
    CHECK(trace.order == "abc");
    CHECK(outcome.timers_failed == 2);
}
