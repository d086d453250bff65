#include "shield/action/http_request.hpp"

#include <catch2/catch_test_macros.hpp>

#include "shield/action/testing.hpp"
#include "shield/profile/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::action;

TEST_CASE("the text that a person is shown is the body, whole") {
    const auto plain = [](std::string_view body, const auto& shown) { return request_facts(body, json::value(shown)); };
    constexpr std::string_view pay = "{\"amount\":\t500000}\r\n";
    CHECK(check_facts(plain(pay, pay)));
    CHECK(check_facts(plain("", "")));
    CHECK(check_facts(plain(pay, nullptr)));
    CHECK_FALSE(check_facts(plain(pay, "{\"amount\":\t5}\r\n")));
    CHECK_FALSE(check_facts(plain(pay, pay.substr(0, 10))));
    CHECK_FALSE(check_facts(plain(pay, "")));
    CHECK_FALSE(check_facts(plain(pay, true)));
    const std::string_view binary("a\0b", 3);
    CHECK_FALSE(check_facts(plain(binary, binary)));
    const std::string long_text(8193, 'x');
    CHECK_FALSE(check_facts(plain(long_text, long_text)));
    CHECK(check_facts(plain(long_text, nullptr)));
    json::object less = plain(pay, pay);
    less.erase("body_text");
    CHECK_FALSE(check_facts(less));
}

TEST_CASE("facts of a plain request have exactly their members, well-formed") {
    const auto good = request_facts("pay=5", "pay=5");
    REQUIRE(check_facts(good));
    for (const auto& member : good) {
        json::object less = good;
        less.erase(member.key());
        CHECK_FALSE(check_facts(less));
        CHECK_FALSE(check_facts(with(good, member.key(), true)));
    }
    for (const char* own : {"v", "nonce", "repository", "updates"})
        CHECK_FALSE(check_facts(with(good, own, "x")));
    const auto headers = [](std::string_view name, std::string_view value) {
        return json::array{json::object{{"name", name}, {"value", value}}};
    };
    CHECK(check_facts(with(good, "headers", headers("x-action", "Describe"))));
    CHECK_FALSE(check_facts(with(good, "headers", headers("X-Action", "Describe"))));
    CHECK_FALSE(check_facts(with(good, "headers", headers("x-action", "two\nlines"))));
}

TEST_CASE("the rule that asks about a plain request is the profile's own answer") {
    const auto profile = profile::parse(profile::kDemo);
    REQUIRE(profile);
    const auto rule = asking_rule(request_facts("", ""), "api-write", *profile);
    REQUIRE(rule);
    CHECK((*rule)->id == "api-write");
    CHECK_FALSE(asking_rule(with(request_facts("", ""), "method", "GET"), "api-write", *profile));
    CHECK_FALSE(asking_rule(request_facts("", ""), "app-push", *profile));
}

TEST_CASE("a plain request in few words, and in the audit log") {
    const auto facts = request_facts("pay=5", "pay=5");
    CHECK(summary(facts) == "POST https://api.demo.test/deploy/prod?x=1");
    const auto fields = audit_fields(facts);
    CHECK(fields.activity_id == 99);
    CHECK(fields.host == "api.demo.test");
    CHECK(fields.body_bytes == 5);
    CHECK(fields.resources.empty());
    const auto kept = without_long_members(facts);
    CHECK(kept.size() == facts.size() - 2);
    CHECK_FALSE(kept.contains("body_text"));
    CHECK_FALSE(kept.contains("headers"));
}
