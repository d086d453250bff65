#include "shield/gate/withheld.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace anchorhold::gate;

TEST_CASE("what comes back three times in ten minutes is withheld, by itself") {
    Withheld withheld;
    CHECK_FALSE(withheld.echoed("a", "x.test", 1000));
    CHECK_FALSE(withheld.echoed("b", "x.test", 1000));
    CHECK_FALSE(withheld.echoed("a", "x.test", 1599));
    CHECK(withheld.reason("a").empty());
    CHECK(withheld.echoed("a", "y.test", 1599));
    CHECK(withheld.reason("a").contains("y.test"));
    CHECK(withheld.reason("b").empty());
    CHECK_FALSE(withheld.echoed("a", "x.test", 1600));
    CHECK(withheld.all().size() == 1);
}

TEST_CASE("what comes back now and then is not") {
    Withheld withheld;
    for (std::int64_t now = 0; now < 10'000; now += 300)
        CHECK_FALSE(withheld.echoed("a", "x.test", now));
}
