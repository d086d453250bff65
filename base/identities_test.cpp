#include "base/identities.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "base/addresses.hpp"
#include "base/file.hpp"

using namespace anchorhold;

TEST_CASE("the image's accounts and resolver are those that the programs are compiled with") {
    const auto postinst = read_file(POSTINST, 1 << 16);
    REQUIRE(postinst);
    const auto has = [&](std::string_view account, uid_t uid) {
        return postinst->contains("\n" + std::string(account) + " " + std::to_string(uid) + " /");
    };
    CHECK(has("shield", kGateUid));
    CHECK(has("shield-egress", kEgressUid));
    CHECK(has("shield-console", kConsoleUid));
    CHECK(has("shield-audit", kAuditUid));
    CHECK(has("shield-agent-api", kAgentApiUid));
    CHECK(has("agent", kAgentUid));
    CHECK(postinst->contains("nameserver " + std::string(kShieldEnd.v4) + "\\n"));
}
