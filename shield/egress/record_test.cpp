#include "shield/egress/record.hpp"

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
