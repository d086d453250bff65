#include "base/deduplicator.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace anchorhold;

TEST_CASE("the same event is logged at once, then by number, and another one for itself") {
    Deduplicator deduplicator;
    Deduplicator::Clock::time_point now{std::chrono::hours(1)};
    CHECK(deduplicator.should_log("a", now) == 1);
    CHECK(deduplicator.should_log("a", now) == 0);
    CHECK(deduplicator.should_log("a", now + std::chrono::seconds(9)) == 0);
    CHECK(deduplicator.should_log("b", now + std::chrono::seconds(9)) == 1);
    now += Deduplicator::kInterval;
    CHECK(deduplicator.should_log("a", now) == 3);
    CHECK(deduplicator.should_log("a", now) == 0);
}

TEST_CASE("more different events than the deduplicator keeps are logged, each at once") {
    Deduplicator deduplicator;
    const Deduplicator::Clock::time_point now{std::chrono::hours(1)};
    for (std::size_t i = 0; i < 3 * Deduplicator::kMaxKeys; ++i)
        CHECK(deduplicator.should_log(std::to_string(i), now) == 1);
    CHECK(deduplicator.should_log(std::to_string(3 * Deduplicator::kMaxKeys - 1), now) == 0);
    CHECK(deduplicator.should_log("0", now) == 1);
}
