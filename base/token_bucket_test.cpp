#include "base/token_bucket.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace anchorhold;

TEST_CASE("a token bucket is emptied, fills with time to its capacity, and does not follow a clock that is set back") {
    TokenBucket bucket(2, std::chrono::seconds(10));
    TokenBucket::Clock::time_point now{std::chrono::hours(1)};
    CHECK(bucket.take(now));
    CHECK(bucket.take(now));
    CHECK_FALSE(bucket.take(now + std::chrono::seconds(9)));
    CHECK(bucket.take(now + std::chrono::seconds(10)));
    CHECK_FALSE(bucket.take(now + std::chrono::seconds(10)));
    CHECK_FALSE(bucket.take(now - std::chrono::minutes(30)));
    now -= std::chrono::minutes(29);
    CHECK(bucket.take(now));
    CHECK(bucket.take(now));
    CHECK_FALSE(bucket.take(now));
}
