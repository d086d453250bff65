#include "shield/agent_api/why.hpp"

#include <catch2/catch_test_macros.hpp>

#include "shield/profile/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::agent_api;

TEST_CASE("why, in words, for plain requests and for git") {
    const Policy policy{.profile = profile::demo(), .why_none = {}};
    const auto ask = why(policy, "push", "https://git.demo.test/acme/app.git");
    CHECK(ask.verdict == "ask");
    CHECK(ask.rule == "app-push");
    CHECK(why(policy, "push", "https://git.demo.test/acme/app#refs/tags/v1").verdict == "deny");
    CHECK(why(policy, "clone", "https://git.demo.test/acme/app").rule == "app-fetch");
    CHECK(why(policy, "GET", "https://git.demo.test/acme/app.git/info/refs?service=git-upload-pack").rule ==
          "app-fetch");
    CHECK(why(policy, "GET", "https://git.demo.test/acme/app.git/info/refs?service=git-receive-pack").verdict ==
          "allow");
    CHECK(why(policy, "POST", "https://git.demo.test/acme/app.git/git-receive-pack").verdict == "ask");
    CHECK(why(policy, "GET", "https://git.demo.test/status/x").rule == "status");
    const auto deny = why(policy, "DELETE", "https://git.demo.test/status/x");
    CHECK(deny.verdict == "deny");
    CHECK(deny.reason.contains("not rule status: its method is GET, HEAD, this one is DELETE"));
    CHECK(why(policy, "GET", "https://example.com/").verdict == "deny");
    CHECK(why(policy, "GET", "https://git.demo.test:8444/status/x").verdict == "deny");
    for (const char* bad :
         {"", "git.demo.test", "https://", "https://u@git.demo.test/", "https://git.demo.test:x/", "ftp://x/"})
        CHECK(why(policy, "GET", bad).reason.contains("not a URL"));
}

TEST_CASE("without a profile everything is denied, with the reason") {
    const Policy none{.profile = std::nullopt, .why_none = "the gatekeeper is not running"};
    const auto denied = why(none, "GET", "https://git.demo.test/status/x");
    CHECK(denied.verdict == "deny");
    CHECK(denied.reason == "no profile is in force, so nothing may leave: the gatekeeper is not running");
}
