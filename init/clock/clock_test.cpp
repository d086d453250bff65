#include <catch2/catch_test_macros.hpp>

#include "init/clock/clock_keeper.hpp"
#include "init/system/fake_system.hpp"

using namespace anchorhold;
using namespace anchorhold::init;
using enum Correction::How;

namespace {

constexpr std::int64_t kNow = 1'790'000'000 * kSecond;
constexpr HostTime kExact{kNow, kNow};
constexpr HostTime kRtc{kNow, kNow + 2 * kSecond};

constexpr char kRtcFile[] = "/sys/class/rtc/rtc0/since_epoch";

// A machine with an RTC, whose timer goes off when the test says so.
struct Bench {
    FakeSystem system;
    Heard heard;
    std::function<void()> timer;
    Timers timers{[this](std::chrono::microseconds, std::function<void()> then) -> Result<Watch> {
                      timer = std::move(then);
                      return Watch();
                  },
                  [](const Error&) {}};
    ClockKeeper keeper{system, heard.report, timers, 1'700'000'000};
    Bench() {
        system.now = 1'790'000'000;
        rtc(1'790'000'000);
        keeper.look();
    }
    void rtc(std::int64_t seconds) { system.files[kRtcFile] = std::to_string(seconds) + "\n"; }
    void turn() { std::exchange(timer, nullptr)(); }
};

}  // namespace

TEST_CASE("a clock that is off by a second or more is stepped, by less slewed, back only by two") {
    CHECK(correction(kExact, kNow).how == none);
    CHECK(correction(kExact, kNow - kSecond / 1000).how == none);
    CHECK(correction(kExact, kNow - kSecond / 2).how == slew);
    CHECK(correction(kExact, kNow - kSecond / 2).by == kSecond / 2);
    CHECK(correction(kExact, kNow - kSecond).how == step);
    CHECK(correction(kExact, kNow - 20 * kSecond).by == 20 * kSecond);
    CHECK(correction(kExact, kNow + kSecond).how == slew);
    CHECK(correction(kExact, kNow + 2 * kSecond - 1).how == slew);
    CHECK(correction(kExact, kNow + 2 * kSecond).how == step);
    CHECK(correction(kExact, kNow + 2 * kSecond).by == -2 * kSecond);
}

TEST_CASE("what a clock of whole seconds leaves open is no error, and a step goes to its middle") {
    for (const std::int64_t off : {0L, kSecond / 2, kSecond, 2 * kSecond})
        CHECK(correction(kRtc, kNow + off).how == none);
    CHECK(correction(kRtc, kNow - kSecond / 4).how == slew);
    CHECK(correction(kRtc, kNow - 20 * kSecond).by == 21 * kSecond);
    CHECK(correction(kRtc, kNow + 3 * kSecond).how == slew);
    CHECK(correction(kRtc, kNow + 5 * kSecond).by == -4 * kSecond);
}

TEST_CASE("after a pause the clock is the host's again, and the host is told") {
    Bench bench;
    CHECK(bench.system.calls.empty());
    bench.rtc(1'790'000'020);
    bench.turn();
    CHECK(bench.system.called("step 21000"));
    CHECK(bench.system.now == 1'790'000'021);
    CHECK(bench.heard.host == R"({"event":"clock","source":"rtc","stepped_ms":21000})"
                              "\n");
    bench.turn();
    CHECK(bench.system.calls.size() == 1);
}

TEST_CASE("a clock before the image's build, or none, is not followed and is said once") {
    Bench bench;
    for (const std::string_view wrong : {"1600000000", "no number", "99999999999999", ""}) {
        bench.system.files[kRtcFile] = wrong;
        bench.turn();
        bench.turn();
        CHECK(bench.system.calls.empty());
    }
    bench.system.files.erase(kRtcFile);
    bench.turn();
    std::size_t told = 0;
    for (auto at = bench.heard.host.find("degraded"); at != std::string::npos;
         at = bench.heard.host.find("degraded", at + 1))
        ++told;
    CHECK(told == 5);
    bench.rtc(1'790'000'020);
    bench.turn();
    CHECK(bench.system.called("step 21000"));
}

TEST_CASE("a little behind is caught up with little by little") {
    Bench bench;
    bench.system.fraction = 900'000'000;
    bench.rtc(1'790'000'001);
    bench.turn();
    CHECK(bench.system.called("slew 100"));
    CHECK(bench.heard.host.empty());
}
