#include "shield/profile/readings.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "shield/profile/compatible.hpp"
#include "shield/profile/decide.hpp"
#include "shield/profile/request_path.hpp"
#include "shield/profile/testing.hpp"

using namespace anchorhold::profile;

namespace {

bool is_read_as(std::string_view target, std::string_view path) {
    const auto others = other_readings(decoded_path(target).value());
    REQUIRE(others);
    return std::ranges::contains(*others, path, &Reading::path);
}

// What the agent may do on a host where /api/admin/users is denied and /open/** is all that is allowed beside /api.
Decision judged(std::string_view target, std::string_view verdict = "deny") {
    const auto profile = parse(R"(name = "servers"
version = 1
expires = 2027-06-01T00:00:00Z
[[host]]
name = "a.test"
[[rule]]
id = "users"
host = "a.test"
path = "/api/admin/users"
verdict = ")" + std::string(verdict) +
                               R"("
[[rule]]
id = "api"
host = "a.test"
path = "/api/**"
verdict = "allow"
[[rule]]
id = "open"
host = "a.test"
path = "/open/**"
verdict = "allow"
)");
    REQUIRE(profile);
    Decision decision = decide(*profile, HttpRequest{"a.test", 443, "GET", read_target(target)});
    decision.rule = nullptr;  // of a profile that ends here
    return decision;
}

}  // namespace

TEST_CASE("a path without oddities has one reading") {
    for (const char* path :
         {"/", "/a/b.c", "/a/", "/.well-known/x", "/a...b/..c", "/v1/x:generate", "/~u/@a/b+c,d=e&f"}) {
        INFO(path);
        CHECK(other_readings(path)->empty());
    }
}

TEST_CASE("each way in which servers read a path is one of its readings") {
    CHECK(is_read_as("/a%2fb", "/a/b"));
    CHECK(is_read_as("/a%252fb", "/a/b"));
    CHECK(is_read_as("/a%25252fb", "/a/b"));
    CHECK(is_read_as("/a%5cb", "/a/b"));
    CHECK(is_read_as("/a%3fb", "/a"));
    CHECK(is_read_as("/a%23b/c", "/a/c"));
    CHECK(is_read_as("/a;x/b;y=1;z/c", "/a/b/c"));
    CHECK(is_read_as("/a%3bx", "/a"));
    CHECK(is_read_as("/a./b%20/c.%20.", "/a/b/c"));
    CHECK(is_read_as("/a::$DATA", "/a"));
    CHECK(is_read_as("/a:$I30:$INDEX_ALLOCATION/b", "/a/b"));
    CHECK(is_read_as("/a//b", "/a/b"));
    CHECK(is_read_as("//host/b", "/b"));
    CHECK(is_read_as("/x/../a", "/a"));
    CHECK(is_read_as("/x/%2e%2e/a", "/a"));
    CHECK(is_read_as("/%ef%bd%81%ef%bc%8f%E2%84%AA", "/a/K"));
    CHECK(is_read_as("/a%c0%afb", "/a/b"));
    CHECK(is_read_as("/%FC", "/\u00fc"));
    CHECK(is_read_as("/a%ffb", "/ab"));
}

TEST_CASE("ways to read a path follow upon each other, in any order") {
    for (const char* target : {"/x/..;y/a", "/x/..%20/a", "/x/..%3f/a", "/x/..%23/a", "/x/.../a", "/x/%252e%252e/a",
                               "/x/%ef%bc%8e%ef%bc%8e/a", "/x/%e2%80%a5/a", "/x/%c0%ae%c0%ae/a", "/x/%252e.%255ca",
                               "/x%5c..%5ca", "/x;/%2e%2e;/a", "/x/.%ff./a", "/%c0%ae/x/..%2fa"}) {
        INFO(target);
        CHECK(is_read_as(target, "/a"));
    }
}

TEST_CASE("a path with more readings than can be judged is refused") {
    std::string target;
    for (const char* part : {"/a%2fb", "/c%255cd", "/e;f", "/g%3fh", "/i.", "/%ff", "//", "/./", "/k%2523l"})
        target += part;
    const auto others = other_readings(decoded_path(target).value());
    REQUIRE_FALSE(others);
    CHECK(others.error() == "servers could read the path in more ways than can be judged");
}

TEST_CASE("a reading without parameters remembers them") {
    const auto others = other_readings("/a;v=1/b");
    REQUIRE(others->size() == 1);
    CHECK(others->front().path == "/a/b");
    CHECK(others->front().uncut == "/a;v=1/b");
    CHECK(others->front().how == "without parameters");
}

TEST_CASE("a rule with parameters allows nothing that a server resolves out of it") {
    const auto profile = parse(R"(name = "servlets"
version = 1
expires = 2027-06-01T00:00:00Z
[[host]]
name = "a.test"
[[rule]]
id = "versioned"
host = "a.test"
path = "/api;v=1/**"
verdict = "allow"
)");
    REQUIRE(profile);
    const auto verdict = [&](std::string_view target) {
        return decide(*profile, HttpRequest{"a.test", 443, "GET", read_target(target)}).verdict;
    };
    for (const char* target : {"/api;v=1/users", "/api;v=1//users", "/api;v=1/a%2fb"}) {
        INFO(target);
        CHECK(verdict(target) == Verdict::allow);
    }
    for (const char* target : {"/api;v=1/x/..;/..;/admin/keys", "/api;v=1/..;/admin", "/api;v=1/x/..;//..;/admin/keys",
                               "/api;v=1/x/..%20;/..;/admin/keys", "/api;v=1/x%2f..;%2f..;%2fadmin/keys"}) {
        INFO(target);
        CHECK(verdict(target) == Verdict::deny);
    }
}

TEST_CASE("other names of what a path names") {
    CHECK(aliases("/a/b").empty());
    CHECK(aliases("/").empty());
    CHECK(std::ranges::equal(aliases("/a/"), std::vector{"/a"}));
    CHECK(std::ranges::contains(aliases("/a/users.json"), "/a/users"));
    CHECK(std::ranges::contains(aliases("/a/users.json/"), "/a/users"));
    CHECK(std::ranges::contains(aliases("/a/users.tar.gz"), "/a/users"));
    CHECK(aliases("/a.b/.c").empty());
}

TEST_CASE("no name that a server may take for a denied path leads past the rule, nor past one that asks") {
    for (const char* name :
         {"users",           "users/",        "users//",      "users.json", "users.json/", "users.",
          "users%20",        "users.%20",     "users::$DATA", "users%3Fx",  "users%23",    "users;x",
          "users%3bx",       "USERS",         "%75sers",      "users%2f",   "x/../users",  "x/..%2fusers",
          "x%5c..%5cusers",  "%ef%bd%95sers", "x/.../users",  "./users",    "/users",      "x/%252e%252e/users",
          "users.html.json", "us%ffers",      "x/..;/users"}) {
        INFO(name);
        CHECK(judged("/api/admin/" + std::string(name)).verdict == Verdict::deny);
        CHECK(judged("/api/admin/" + std::string(name), "ask").verdict != Verdict::allow);
    }
    CHECK(judged("/api/admin/groups").verdict == Verdict::allow);
    CHECK(judged("/api/admin/users2").verdict == Verdict::allow);
    CHECK(judged("/api/admin/users/1").verdict == Verdict::allow);
}

TEST_CASE("no dressed-up dot segment leads out of what is allowed") {
    for (const char* target :
         {"/open/../x", "/open/..%20/x", "/open/..%3f/x", "/open/..%23/x", "/open/.../x", "/open/..;/x",
          "/open/%EF%BC%8E%EF%BC%8E/x", "/open%2f..%2fx", "/open/%2e%2e/x", "/open/%e2%80%a6/x"}) {
        INFO(target);
        CHECK(judged(target).verdict == Verdict::deny);
    }
    CHECK(judged("/open/..%20/x").reason.contains("in more than one way"));
    CHECK(judged("/open/..%20/x").reason.contains("/open/.. /x (as it is written) by rule open, /x ("));
}

TEST_CASE("an odd path passes where all its readings are judged alike") {
    for (const char* target : {"/open/web/2024/https://example.com/a//b?c=//", "/open/100%25", "/open/files%2Fa%2520b",
                               "/open/a/./b", "/open/a/%2e/b", "/open/%FCber", "/open/What%3F", "/open/C%23",
                               "/open/C%23%2fF%23", "/open/Foo.", "/open/a%5cb", "/open/%ef%bd%81", "/open/a/../b",
                               "/open/https%3A%2F%2Fx.test%2Fa%3Fb%3Dc%23d", "/open/%E6%97%A5%E6%9C%AC"}) {
        INFO(target << ' ' << judged(target).reason);
        CHECK(judged(target).verdict == Verdict::allow);
    }
}
