#include "shield/profile/warnings.hpp"

#include <catch2/catch_test_macros.hpp>

#include "shield/profile/testing.hpp"

using namespace anchorhold::profile;

namespace {

std::vector<Problem> of(std::string_view old_text, std::string_view new_text) {
    const auto profile = parse(demo_with(old_text, new_text));
    REQUIRE(profile);
    return warnings(*profile);
}

}  // namespace

TEST_CASE("a profile without traps has no warnings") {
    CHECK(warnings(demo()).empty());
}

TEST_CASE("plain rules that write beside a push that asks are warned of") {
    const auto found = of("methods = [\"GET\", \"HEAD\"]", "methods = [\"GET\", \"PUT\"]");
    REQUIRE(found.size() == 1);
    CHECK(found[0].message.starts_with(
        "rule status allows plain requests that write on git.demo.test, where rule app-push asks"));
    CHECK(found[0].at.line > 1);
    CHECK(of("methods = [\"GET\", \"HEAD\"]\n", "").size() == 1);
}

TEST_CASE("paths where servers mint tokens are warned of where a credential is placed") {
    const auto found = of("path = \"/**\"", "path = \"/**\"\ncredential = \"git-demo\"");
    REQUIRE(found.size() == 1);
    CHECK(found[0].message.starts_with("rule status allows GET /token with credential git-demo"));
    CHECK(of("path = \"/**\"", "path = \"/v1/**\"\ncredential = \"git-demo\"").empty());
}
