#include "shield/egress/http/http_record.hpp"

#include <catch2/catch_test_macros.hpp>

#include "shield/message/canonical_json.hpp"

using namespace anchorhold;
using namespace anchorhold::egress;

namespace {

profile::Profile some_profile() {
    profile::Profile made;
    made.name = "demo";
    made.version = 3;
    return made;
}

// The time is the only member that two records of the same request may differ in.
std::string without_time(const std::string& text) {
    auto value = parse_json(text);
    REQUIRE(value);
    CHECK(value->as_object().erase("time") == 1);
    return canonical(*value).value();
}

}  // namespace

TEST_CASE("a record that was cast says the same as one that was built, in canonical form") {
    const auto policy = some_profile();
    const auto make = [&](std::string_view url, std::string_view reason) {
        return record_of(
            RequestRecord{"GET",
                          url,
                          "api.test",
                          443,
                          "token",
                          {.outcome = audit::Outcome::allowed, .reason = reason, .policy = &policy, .rule = "read"}});
    };
    for (const std::string_view path : {"/a", "/a/b?secret=1", "/", "/%22/~", "/time/1234567891234"}) {
        const std::string url = "https://api.test" + std::string(path);
        const std::string cast = make(url, "");
        CHECK(cast == canonical(*parse_json(cast)).value());
        auto built = parse_json(make(url, "why"));
        REQUIRE(built);
        // A reason is what keeps it from the mold.
        CHECK(built->as_object().erase("message") + built->as_object().erase("status_detail") >= 1);
        CHECK(without_time(cast) == without_time(canonical(*built).value()));
    }
    CHECK_FALSE(make("https://api.test/a?secret=1", "").contains("secret"));
}

TEST_CASE("no name, rule or path that looks like something else is taken for it") {
    profile::Profile policy = some_profile();
    policy.name = "demo-1234567891234";
    policy.version = 1'234'567'891'234;
    policy.digest.fill(7);  // another than of the other tests: what they made must not serve here
    const std::string sly = "1234567891234/the-path-goes-here\"time\":";
    const auto make = [&](std::string_view path, std::string_view reason) {
        return parse_json(record_of(
            RequestRecord{"GET",
                          "https://1234567891234.test" + std::string(path),
                          "1234567891234.test",
                          443,
                          sly,
                          {.outcome = audit::Outcome::allowed, .reason = reason, .policy = &policy, .rule = sly}}));
    };
    for (const std::string_view path : {"/a", "/the-path-goes-here", "/1234567891234", "/time:1234567891234,"}) {
        const auto cast = make(path, "");
        auto built = make(path, "why");
        REQUIRE((cast && built));
        built->as_object().erase("message");
        built->as_object().erase("status_detail");
        CHECK(without_time(canonical(*cast).value()) == without_time(canonical(*built).value()));
        CHECK(cast->at("time").as_int64() > 1'500'000'000'000);
        CHECK(cast->at_pointer("/http_request/url/path") == json::value(path));
        CHECK(canonical(*cast).value().contains("demo-1234567891234"));
    }
}

TEST_CASE("what could break the text is built, not cast") {
    const auto policy = some_profile();
    const std::string text =
        record_of(RequestRecord{"GET",
                                "https://api.test/a\"b",
                                "api.test",
                                443,
                                "",
                                {.outcome = audit::Outcome::allowed, .policy = &policy, .rule = "read"}});
    CHECK(text == canonical(*parse_json(text)).value());
    CHECK(text.contains("a\\\"b"));
}
