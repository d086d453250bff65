#include "shield/egress/http/flows.hpp"

#include <catch2/catch_test_macros.hpp>

#include "shield/profile/target.hpp"

using namespace anchorhold;
using namespace anchorhold::egress;

namespace {

Policy policy(int version, const std::string& rule, const std::string& more = "") {
    auto parsed = profile::parse("name = \"demo\"\nversion = " + std::to_string(version) +
                                 "\nexpires = 2099-01-01T00:00:00Z\n[[host]]\nname = \"a.test\"\n" + more +
                                 "[[credential]]\nname = \"one\"\nkind = \"bearer\"\nhosts = [\"a.test\"]\n"
                                 "[[credential]]\nname = \"two\"\nkind = \"bearer\"\nhosts = [\"a.test\"]\n"
                                 "[[rule]]\nid = \"r\"\nhost = \"a.test\"\n" +
                                 rule);
    REQUIRE(parsed);
    return {std::make_shared<const profile::Profile>(std::move(*parsed)), "profile demo", ""};
}

const std::string kAllowed = "credential = \"one\"\nverdict = \"allow\"\n";

Allowance allowance(const Policy& by) {
    return {by.profile, "a.test", "one", [](const profile::Profile& other) {
                return decide(other, profile::HttpRequest{"a.test", 443, "GET", profile::read_target("/x")});
            }};
}

}  // namespace

TEST_CASE("a flow goes on while each profile allows it with the same credential") {
    Flows flows;
    Flows::Flow flow(flows, allowance(policy(1, kAllowed)));
    for (int version = 1; version < 4; ++version) {
        flows.review(policy(version, kAllowed));
        CHECK(flow.why().empty());
    }
    flows.cut_credential("two", "it is withheld");
    CHECK(flow.why().empty());
}

TEST_CASE("it is cut when the next one does not") {
    for (const std::string rule : {"verdict = \"deny\"\n", "credential = \"one\"\nverdict = \"ask\"\n",
                                   "credential = \"two\"\nverdict = \"allow\"\n", "verdict = \"allow\"\n"}) {
        INFO(rule);
        Flows flows;
        Flows::Flow flow(flows, allowance(policy(1, kAllowed)));
        flows.review(policy(2, rule));
        CHECK_FALSE(flow.why().empty());
    }
}

TEST_CASE("it is cut when the next one would not have dialled that server") {
    Flows flows;
    Flows::Flow flow(flows, allowance(policy(1, kAllowed, "private = true\n")));
    flows.review(policy(2, kAllowed));
    CHECK(flow.why() == "profile demo trusts a.test otherwise");
}

TEST_CASE("it is cut without a profile, without a guard, without its credential") {
    Flows flows;
    const Policy first = policy(1, kAllowed);
    Flows::Flow withdrawn(flows, allowance(first));
    flows.review({nullptr, "no profile", "the profile has expired"});
    CHECK(withdrawn.why() == "the profile has expired");
    Flows::Flow unguarded(flows, allowance(first));
    flows.cut_all("the auditor is not running");
    CHECK(unguarded.why() == "the auditor is not running");
    CHECK(withdrawn.why() == "the profile has expired");
    Flows::Flow withheld(flows, allowance(first));
    flows.cut_credential("one", "");
    CHECK_FALSE(withheld.why().empty());
}

TEST_CASE("what was approved is for the profile that was shown") {
    Flows flows;
    const Policy first = policy(1, kAllowed);
    Flows::Flow flow(flows, {first.profile, "a.test", "one", nullptr});
    flows.review(first);
    CHECK(flow.why().empty());
    flows.review(policy(2, kAllowed));
    CHECK(flow.why() == "it was approved under another profile than profile demo");
}
