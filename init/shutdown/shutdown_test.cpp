#include "init/shutdown/shutdown.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "init/shutdown/power_button.hpp"
#include "init/shutdown/power_off_cleanly.hpp"
#include "init/shutdown/shutdown_order.hpp"
#include "init/system/fake_system.hpp"

using namespace anchorhold;
using namespace anchorhold::init;

namespace {

struct Bench {
    std::set<std::string, std::less<>> alive{"cell", "agent-api", "egress", "console", "gate", "audit"};
    std::string log;
    std::vector<std::function<void()>> timers;
    Timers make{[this](std::chrono::microseconds, std::function<void()> fire) -> Result<Watch> {
                    if (no_timers)
                        return fail("set timer", "", ENOMEM);
                    timers.push_back(std::move(fire));
                    return Watch();
                },
                [](const Error&) {}};
    bool no_timers = false;
    Shutdown shutdown{shutdown_order(),
                      make,
                      {.hold_still = [this] { log += "begin "; },
                       .terminate =
                           [this](std::string_view name) {
                               if (!alive.contains(name))
                                   return false;
                               log += "term:" + std::string(name) + " ";
                               return true;
                           },
                       .running = [this](std::string_view name) { return alive.contains(name); },
                       .kill_all = [this] { log += "kill "; },
                       .power_off_cleanly = [this](Kind kind) { log += kind == Kind::restart ? "restart" : "off"; }}};
    void ends(const std::string& name) {
        alive.erase(name);
        shutdown.child_ended();
    }
};

}  // namespace

TEST_CASE("the cell ends first, the auditor last, then everything is killed and taken down") {
    Bench bench;
    bench.shutdown.request(Kind::power_off);
    CHECK(bench.log == "begin term:cell ");
    bench.ends("cell");
    bench.ends("egress");
    CHECK(bench.log == "begin term:cell term:agent-api term:egress term:console ");
    bench.ends("console");
    bench.ends("agent-api");
    bench.ends("gate");
    bench.ends("audit");
    CHECK(bench.log == "begin term:cell term:agent-api term:egress term:console term:gate term:audit kill off");
}

TEST_CASE("what does not end in its time is killed, and the machine goes off all the same") {
    Bench bench;
    bench.shutdown.request(Kind::power_off);
    for (std::size_t i = 0; i < 4; ++i)
        bench.timers.at(i)();
    CHECK(bench.log == "begin term:cell term:agent-api term:egress term:console term:gate term:audit kill ");
    bench.timers.back()();
    CHECK(bench.log.ends_with("kill off"));
    bench.timers.back()();
    bench.shutdown.child_ended();
    CHECK(bench.log.ends_with("kill off"));
}

TEST_CASE("where no moment is to be lost everything is killed at once, in the middle of a phase too") {
    Bench bench;
    bench.shutdown.kill();
    CHECK(bench.log == "begin kill ");
    bench.alive.clear();
    bench.shutdown.child_ended();
    CHECK(bench.log == "begin kill off");

    Bench stopping;
    stopping.shutdown.request(Kind::power_off);
    stopping.shutdown.kill();
    CHECK(stopping.log == "begin term:cell kill ");
    stopping.shutdown.kill();
    stopping.timers.back()();
    CHECK(stopping.log == "begin term:cell kill off");
}

TEST_CASE("all that was killed being gone ends the wait") {
    Bench bench;
    bench.alive = {"gate"};
    bench.shutdown.request(Kind::restart);
    CHECK(bench.log == "begin term:gate ");
    bench.timers.at(0)();
    bench.ends("gate");
    CHECK(bench.log == "begin term:gate kill restart");
}

TEST_CASE("a timer of a phase that is over changes nothing") {
    Bench bench;
    bench.shutdown.request(Kind::power_off);
    const auto old = bench.timers.at(0);
    bench.ends("cell");
    CHECK(bench.log == "begin term:cell term:agent-api term:egress term:console ");
    bench.shutdown.request(Kind::restart);
    CHECK(bench.log == "begin term:cell term:agent-api term:egress term:console ");
}

TEST_CASE("a boot that failed early has nothing to stop") {
    Bench bench;
    bench.alive.clear();
    bench.shutdown.request(Kind::power_off);
    CHECK(bench.log == "begin kill off");
}

TEST_CASE("a machine without timers goes down all the same, and waits for nobody") {
    Bench bench;
    bench.no_timers = true;
    bench.shutdown.request(Kind::power_off);
    CHECK(bench.log == "begin term:cell term:agent-api term:egress term:console term:gate term:audit kill off");
}

TEST_CASE("the way down is bounded: each step that waits has its budget and its reason") {
    std::chrono::milliseconds all{};
    for (const auto& step : shutdown_order()) {
        CHECK_FALSE(step.why.empty());
        all += step.budget;
    }
    CHECK(all == std::chrono::milliseconds(6000));
}

TEST_CASE("the file system is unmounted, or at least read-only, and synced before the power goes") {
    FakeSystem system;
    Heard heard;
    system.files["/var/lib/anchorhold/lost+found"] = "";
    system.refuse["unmount /var/lib/anchorhold"] = EBUSY;
    power_off_cleanly(system, heard.report, Kind::power_off);
    const std::vector<std::string> expected{"failsafe", "unmount /var/lib/anchorhold", "remount /var/lib/anchorhold",
                                            "sync", "power off"};
    CHECK(system.calls == expected);
    CHECK(heard.host == "{\"event\":\"poweroff\",\"why\":\"power off\"}\n");
}

TEST_CASE("only the power button is the power button") {
    // nlmsghdr 16, genlmsghdr 4, nlattr 4, then struct acpi_genl_event of 44 bytes.
    Bytes message(16 + 4 + 4 + 44);
    message[20] = 48;
    message[22] = 1;
    const auto name = [&](std::string_view text) {
        Bytes out = message;
        std::ranges::copy(text, out.begin() + 24);
        return out;
    };
    CHECK(is_power_button(name("button/power")));
    CHECK_FALSE(is_power_button(name("button/sleep")));
    CHECK_FALSE(is_power_button(name("button/power2")));
    CHECK_FALSE(is_power_button(message));
    const auto whole = name("button/power");
    for (std::size_t size = 0; size < 44; ++size)
        CHECK_FALSE(is_power_button(ByteView(whole).first(size)));
    Bytes other = whole;
    other[22] = 2;
    CHECK_FALSE(is_power_button(other));
}
