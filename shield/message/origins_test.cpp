#include "shield/message/origins.hpp"

#include <catch2/catch_test_macros.hpp>

#include "base/addresses.hpp"

using anchorhold::kDefaultOrigin;
using anchorhold::parse_origins;

TEST_CASE("origins come one a line, the default stands in for none") {
    const auto two = parse_origins("http://anchor.shield.localhost:8711\n\nhttps://gate.example\n");
    REQUIRE(two);
    REQUIRE(two->size() == 2);
    CHECK(two->at(0).authority == "anchor.shield.localhost:8711");
    CHECK(two->at(1).text == "https://gate.example");
    CHECK(two->at(1).authority == "gate.example");
    CHECK(parse_origins("")->front().text == kDefaultOrigin);
    CHECK(parse_origins("\n\n")->front().text == kDefaultOrigin);
    CHECK(kDefaultOrigin.ends_with(":" + std::to_string(anchorhold::kConsolePort)));
}

TEST_CASE("what a browser would never send as an origin is refused, with its line") {
    for (const auto* bad : {"ftp://a.example", "http://", "http://a.example/", "http://a.example:0",
                            "http://a.example:080", "http://a.example:80", "https://a.example:443",
                            "http://a.example:65536", "http://a.example:", "http://A.example", "http://user@a.example",
                            "http://a.example ", "a.example", "http://a.example\r"}) {
        INFO(bad);
        CHECK_FALSE(parse_origins(bad));
    }
    CHECK(parse_origins("http://a.example\nnonsense\n").error().object == "line 2");
}
