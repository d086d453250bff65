// What is answered of what gate said, and what of gate's silence.
#include "shield/agent_api/gate_state.hpp"

#include <catch2/catch_test_macros.hpp>

#include "shield/agent_api/why.hpp"
#include "shield/profile/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::agent_api;

namespace {

json::object policy() {
    return {{"type", "policy"}, {"profile", profile::kDemo}, {"name", "demo"}, {"version", 1}, {"digest", "00"}};
}
json::object status() {
    return {{"type", "status"},
            {"state", "ready"},
            {"detail", "all is well"},
            {"pending", {{{"request", "7F3A-9K2M"}, {"summary", "push acme/app refs/heads/main"}, {"expires", 1300}}}}};
}

}  // namespace

TEST_CASE("before gate has said anything, and after it has gone, nothing is ready") {
    GateState state;
    CHECK(state.status(1000).state == "no-gate");
    REQUIRE(state.take(policy()));
    CHECK(state.status(1000).state == "no-gate");
    REQUIRE(state.take(status()));
    CHECK(state.status(1000).state == "ready");
    state.forget();
    CHECK(state.status(1000).state == "no-gate");
    CHECK(state.status(1000).profile.empty());
    CHECK(state.status(1000).pending.empty());
    CHECK(why(state.policy(), "GET", "https://git.demo.test/status/x").reason.contains("gatekeeper is not running"));
}

TEST_CASE("what gate said last is answered, and the seconds left are counted here") {
    GateState state;
    REQUIRE(state.take(policy()));
    REQUIRE(state.take(status()));
    const auto now = state.status(1020);
    CHECK(now.profile == "demo");
    CHECK(now.version == 1);
    CHECK(now.detail == "all is well");
    CHECK(now.pending == std::vector<std::string>{"7F3A-9K2M push acme/app refs/heads/main, 280 s left"});
    CHECK(state.status(2000).pending.front().ends_with(", 0 s left"));
    CHECK(why(state.policy(), "GET", "https://git.demo.test/status/x").verdict == "allow");

    REQUIRE(state.take({{"type", "no-policy"}, {"reason", "it has expired"}}));
    CHECK(state.status(1020).profile.empty());
    CHECK(why(state.policy(), "GET", "https://git.demo.test/status/x").reason.contains("it has expired"));
}

TEST_CASE("a profile that cannot be read allows nothing") {
    GateState state;
    REQUIRE(state.take({{"type", "policy"}, {"profile", "name = "}}));
    CHECK(why(state.policy(), "GET", "https://git.demo.test/status/x").reason.contains("agent-api cannot read"));
}

TEST_CASE("a message that is malformed is an error and changes nothing") {
    GateState state;
    REQUIRE(state.take(policy()));
    REQUIRE(state.take(status()));
    for (const char* bad :
         {"{}", R"({"type":"lease"})", R"({"type":"no-policy"})", R"({"type":"status"})",
          R"({"type":"status","state":"ready","detail":""})",
          R"({"type":"status","state":"ready","detail":"","pending":[1]})",
          R"({"type":"status","state":"ready","detail":"","pending":[{"request":"x","summary":"y"}]})"}) {
        INFO(bad);
        CHECK_FALSE(state.take(parse_json(bad)->get_object()));
        CHECK(state.status(1020).pending.size() == 1);
        CHECK(state.policy().profile);
    }
}
