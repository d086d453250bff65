#include "shield/gate/policy.hpp"

#include <catch2/catch_test_macros.hpp>

#include "base/file.hpp"
#include "shield/gate/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::gate;

namespace {

Policy taken(const Bench& bench, std::int64_t now = kNow) {
    return take_policy({.credentials = bench.path("credentials"),
                        .allowed_signers = bench.path("allowed_signers"),
                        .state = bench.path("state")},
                       now);
}

}  // namespace

TEST_CASE("a good profile is in force and its version remembered") {
    const Bench bench;
    const auto policy = taken(bench);
    REQUIRE(policy.accepted);
    CHECK(policy.accepted->profile.version == 3);
    CHECK(policy.accepted->signer == "alice");
    CHECK(read_file(bench.path("state/profile-version"), 100) == "3 " + to_hex(sha256(policy.text)) + "\n");
    CHECK(taken(bench).accepted);
    CHECK(read_file(bench.path("credentials/anchorhold.profile"), 100'000) == policy.text);
}

TEST_CASE("why no profile is in force is said") {
    const Bench bench;
    const auto reason = [&] {
        const auto policy = taken(bench);
        return policy.accepted ? "accepted" : policy.reason;
    };
    const std::string other(64, 'a');
    bench.write("state/profile-version", "4 " + other + "\n");
    CHECK(reason().contains("has had version 4"));
    bench.write("state/profile-version", "3 " + other + "\n");
    CHECK(reason().contains("has had another text as version 3 (sha256 " + other));
    for (const char* bad : {"", "3\n", "3 aa\n", "three ", " "}) {
        bench.write("state/profile-version", bad);
        CHECK(reason().contains("profile-version"));
    }
    bench.write("state/profile-version", "2 " + other + "\n");
    CHECK(reason() == "accepted");
    bench.write("credentials/anchorhold.profile.floor", "9");
    CHECK(reason().contains("9"));
    bench.write("credentials/anchorhold.profile.floor", "-1");
    CHECK(reason().contains("profile.floor"));
    bench.write("credentials/anchorhold.profile.floor", "3");
    CHECK(reason() == "accepted");
    bench.write("credentials/anchorhold.profile", "name = \"other\"");
    CHECK(reason() != "accepted");
    std::filesystem::remove(bench.path("credentials/anchorhold.profile"));
    CHECK(reason() != "accepted");
    std::filesystem::remove(bench.path("allowed_signers"));
    CHECK(reason().contains("allowed_signers"));
}

TEST_CASE("a version that cannot be remembered does not come into force") {
    const Bench bench;
    std::filesystem::remove_all(bench.path("state"));
    CHECK(taken(bench).reason.contains("remembered"));
}
