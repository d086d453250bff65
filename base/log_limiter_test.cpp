#include "base/log_limiter.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace anchorhold;

TEST_CASE("events without end are logged by number, and none is lost from the sum") {
    LogLimiter limiter;
    TokenBucket::Clock::time_point now{std::chrono::hours(1)};
    for (std::int64_t i = 0; i < LogLimiter::kMaxBurst; ++i)
        CHECK(limiter.should_log(1, now) == 1);
    std::int64_t logged = 0;
    int records = 0;
    for (int i = 0; i < 10'000; ++i) {
        now += std::chrono::milliseconds(1);
        const auto count = limiter.should_log(2, now);
        logged += count;
        records += count > 0 ? 1 : 0;
    }
    CHECK(records == 10);
    CHECK(logged == 20'000);
    now += std::chrono::hours(1);
    for (std::int64_t i = 0; i < LogLimiter::kMaxBurst; ++i)
        CHECK(limiter.should_log(1, now) == 1);
    CHECK(limiter.should_log(1, now) == 0);
}
