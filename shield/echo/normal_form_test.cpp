#include "shield/echo/normal_form.hpp"

#include <catch2/catch_test_macros.hpp>
#include <random>
#include <string>
#include <vector>

using namespace anchorhold::echo;

namespace {

std::string normal(std::string_view raw) {
    std::string out(raw.size() + kSlack, '\0');
    out.resize(normalise(raw, out.data()));
    return out;
}

std::string normal_with_origins(std::string_view raw, std::vector<Origin>& origins) {
    origins.resize(raw.size());
    std::string out(raw.size() + kSlack, '\0');
    out.resize(normalise(raw, out.data(), origins));
    return out;
}

}  // namespace

TEST_CASE("every way to write a byte becomes the byte") {
    for (const std::string_view spelled :
         {"a+b",         "a-b",          "A-B",         "a%2Bb",    "a%2bB",       "a\\u002bb",
          "a\\u002Bb",   "a\\x2bb",      "a%u002bb",    "a=2Bb",    "a&#43;b",     "a&#043;b",
          "a&#x2b;b",    "a&#X2B;b",     "a&#x0002B;b", "a&plus;b", "a\\+b",       "a\\\\+b",
          "a\r\n+b",     "a\t+ b",       "a+=\r\nb",    "a%252bb",  "a%25%32%62b", "a\\u005cu002bb",
          "a&amp;#43;b", "a&amp;plus;b", "a\\\\u002bb"}) {
        CAPTURE(spelled);
        CHECK(normal(spelled) == "a+b");
    }
    CHECK(normal(std::string_view("a\0+\0b\0", 6)) == "a+b");
    CHECK(normal("a_b") == normal("a/b"));
}

TEST_CASE("what only looks like an escape stays") {
    CHECK(normal("100%!") == "100%!");
    CHECK(normal("a&b;c") == "a&b;c");
    CHECK(normal("&#999999;") == "&#999999;");
    CHECK(normal("\\u20ac") == "\\u20ac");
    CHECK(normal("\\user") == "\\user");
    CHECK(normal("%4") == "%4");
    CHECK(normal("").empty());
}

TEST_CASE("the quick way and the one that keeps places say the same") {
    std::mt19937 random(1);
    constexpr std::string_view kLetters = "aAzZ09+-/_ \r\n%%==&&;\\\\uxX#25bBcCdamplt\"'{}<>:,\x7f\x80\xff";
    for (int round = 0; round < 20'000; ++round) {
        std::string raw(random() % 80, ' ');
        const bool many = round % 2 == 0;
        for (char& c : raw)
            c = many || random() % 16 == 0 ? kLetters[random() % kLetters.size()] : 'q';
        std::vector<Origin> origins;
        const std::string slow = normal_with_origins(raw, origins);
        CAPTURE(raw);
        REQUIRE(normal(raw) == slow);
        std::uint32_t last = 0;
        for (std::size_t i = 0; i < slow.size(); ++i) {
            REQUIRE(origins[i].from >= last);
            REQUIRE(origins[i].to > origins[i].from);
            REQUIRE(origins[i].to <= raw.size());
            last = origins[i].to;
        }
    }
}

TEST_CASE("only a secret that can be searched for is fit") {
    CHECK(fault_of("hunter2-is-not-in-the-cell") == nullptr);
    CHECK(fault_of("0123456789abcdef") == nullptr);
    CHECK(fault_of("0123456789abcde") != nullptr);
    CHECK(fault_of("%41%41%41%41%41%41%41%41") != nullptr);
    CHECK(fault_of("correct horse battery staple") != nullptr);
    CHECK(fault_of("pass\xc3\xa4-and-more-of-it") != nullptr);
    CHECK(fault_of(std::string(1024, 'x')) == nullptr);
    CHECK(fault_of(std::string(1025, 'x')) != nullptr);
    CHECK(fault_of("") != nullptr);
}
