#include "shield/audit/flood.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace anchorhold::audit;

TEST_CASE("refusals without end are told by number, and none is lost from the sum") {
    Flood flood;
    Clock::time_point now{std::chrono::hours(1)};
    for (std::int64_t i = 0; i < Flood::kMaxAtOnce; ++i)
        CHECK(flood.count(1, now) == 1);
    std::int64_t told = 0;
    int records = 0;
    for (int i = 0; i < 10'000; ++i) {
        now += std::chrono::milliseconds(1);
        const auto count = flood.count(2, now);
        told += count;
        records += count > 0 ? 1 : 0;
    }
    CHECK(records == 10);
    CHECK(told == 20'000);
    now += std::chrono::hours(1);
    for (std::int64_t i = 0; i < Flood::kMaxAtOnce; ++i)
        CHECK(flood.count(1, now) == 1);
    CHECK(flood.count(1, now) == 0);
}

TEST_CASE("an allowance is spent, grows with time to its bound, and does not follow a clock that is set back") {
    Allowance allowance(2, std::chrono::seconds(10));
    Clock::time_point now{std::chrono::hours(1)};
    CHECK(allowance.take(now));
    CHECK(allowance.take(now));
    CHECK_FALSE(allowance.take(now + std::chrono::seconds(9)));
    CHECK(allowance.take(now + std::chrono::seconds(10)));
    CHECK_FALSE(allowance.take(now + std::chrono::seconds(10)));
    CHECK_FALSE(allowance.take(now - std::chrono::minutes(30)));
    now -= std::chrono::minutes(29);
    CHECK(allowance.take(now));
    CHECK(allowance.take(now));
    CHECK_FALSE(allowance.take(now));
}
