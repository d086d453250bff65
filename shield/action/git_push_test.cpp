#include "shield/action/git_push.hpp"

#include <catch2/catch_test_macros.hpp>

#include "shield/action/testing.hpp"
#include "shield/profile/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::action;

namespace {

json::value update(std::string_view ref, char old_id, char new_id, std::string_view kind) {
    json::object made{{"ref", ref}, {"old", std::string(40, old_id)}, {"new", std::string(40, new_id)}, {"kind", kind}};
    if (kind == "update")
        made["fast_forward"] = nullptr;
    return json::array{made};
}

}  // namespace

TEST_CASE("facts have exactly their members, well-formed") {
    const auto good = push_facts();
    REQUIRE(check_facts(good));
    for (const auto& member : good) {
        json::object less = good;
        less.erase(member.key());
        CHECK_FALSE(check_facts(less));
        CHECK_FALSE(check_facts(with(good, member.key(), true)));
    }
    for (const char* own : {"v", "nonce", "profile", "rule", "credential", "agent", "workstation", "expires"})
        CHECK_FALSE(check_facts(with(good, own, "x")));

    CHECK(check_facts(with(good, "commits", nullptr)));
    CHECK_FALSE(check_facts(with(good, "commits", -1)));
    CHECK_FALSE(check_facts(with(good, "body_bytes", 0.5)));
    CHECK_FALSE(check_facts(with(good, "port", 70000)));
    CHECK_FALSE(check_facts(with(good, "body_sha256", json::value(std::string(63, 'a')))));
    CHECK_FALSE(check_facts(with(good, "kind", "git.fetch")));
    CHECK_FALSE(check_facts(with(good, "repository", "acme/../app")));
    CHECK_FALSE(check_facts(with(good, "updates", json::array{})));
    for (const char* url : {"https://evil.test/acme/app.git/git-receive-pack", "https://git.demo.test:8443/x",
                            "https://git.demo.test", "https://git.demo.test.evil.test/x", "ftp://git.demo.test/x",
                            "https://user@git.demo.test/x", "https://git.demo.test/\n"})
        CHECK_FALSE(check_facts(with(good, "url", url)));
}

TEST_CASE("an update is what its object ids say") {
    const auto good = push_facts();
    CHECK(check_facts(with(good, "updates", update("refs/heads/x", '0', '2', "create"))));
    CHECK(check_facts(with(good, "updates", update("refs/heads/x", '1', '0', "delete"))));
    CHECK_FALSE(check_facts(with(good, "updates", update("refs/heads/x", '1', '0', "update"))));
    CHECK_FALSE(check_facts(with(good, "updates", update("refs/heads/x", '0', '0', "delete"))));
    CHECK_FALSE(check_facts(with(good, "updates", update("refs/heads/x", 'x', '2', "update"))));
    CHECK_FALSE(check_facts(with(good, "updates", update("--mirror", '1', '2', "update"))));
}

TEST_CASE("the rule that asks is the profile's own answer") {
    const auto profile = profile::parse(profile::kDemo);
    REQUIRE(profile);
    const auto rule = asking_rule(push_facts("refs/heads/main"), "app-push", *profile);
    REQUIRE(rule);
    CHECK((*rule)->id == "app-push");
    CHECK_FALSE(asking_rule(push_facts("refs/heads/main"), "own-branch", *profile));
    CHECK_FALSE(asking_rule(push_facts("refs/heads/agent/x"), "app-push", *profile));
    CHECK_FALSE(asking_rule(push_facts("refs/other/x"), "app-push", *profile));
    auto elsewhere = push_facts();
    elsewhere["url"] = "https://git.demo.test/acme/other.git/git-receive-pack";
    REQUIRE(check_facts(elsewhere));
    CHECK_FALSE(asking_rule(elsewhere, "app-push", *profile));
    auto get = push_facts();
    get["method"] = "GET";
    CHECK_FALSE(asking_rule(get, "app-push", *profile));
}

TEST_CASE("what commits say is short text, and a fast-forward is one, none, or not shown") {
    const auto good = push_facts();
    const auto moved = [&](json::value forward) {
        auto updates = update("refs/heads/x", '1', '2', "update");
        updates.as_array()[0].as_object()["fast_forward"] = std::move(forward);
        return with(good, "updates", updates);
    };
    CHECK(check_facts(moved(true)));
    CHECK(check_facts(moved(false)));
    CHECK_FALSE(check_facts(moved("yes")));
    auto created = update("refs/heads/x", '0', '2', "create");
    created.as_array()[0].as_object()["fast_forward"] = true;
    CHECK_FALSE(check_facts(with(good, "updates", created)));
    const auto shown = [&](json::value subject, std::size_t count = 1) {
        json::array list;
        for (std::size_t i = 0; i < count; ++i)
            list.push_back(json::object{{"id", std::string(40, 'a')}, {"subject", subject}, {"author", "Ada"}});
        return with(good, "commits_shown", list);
    };
    CHECK(check_facts(shown("fix it", 20)));
    CHECK(check_facts(shown(nullptr)));
    CHECK_FALSE(check_facts(shown("fix it", 21)));
    CHECK_FALSE(check_facts(shown(std::string(201, 'x').c_str())));
    CHECK_FALSE(check_facts(shown("two\nlines")));
    CHECK_FALSE(check_facts(shown(7)));
}

TEST_CASE("a push in few words, and in the audit log") {
    auto facts = push_facts();
    CHECK(summary(facts) == "push acme/app refs/heads/main");
    auto updates = facts.at("updates").as_array();
    updates.push_back(update("refs/heads/x", '1', '0', "delete").as_array().front());
    updates.push_back(update("refs/heads/y", '0', '2', "create").as_array().front());
    facts["updates"] = updates;
    CHECK(summary(facts) == "push acme/app refs/heads/main and 2 more");
    CHECK(summary(push_facts("refs/heads/" + std::string(178, 'x') + "€€€")) ==
          "push acme/app refs/heads/" + std::string(175, 'x') + "…");

    const auto fields = audit_fields(facts);
    CHECK(fields.activity_id == 3);
    CHECK(fields.host == "git.demo.test");
    CHECK(fields.port == 443);
    CHECK(fields.body_sha256 == std::string(64, 'a'));
    CHECK(fields.body_bytes == 1234);
    REQUIRE(fields.resources.size() == 4);
    CHECK(fields.resources[0].type == "repository");
    CHECK(fields.resources[0].name == "acme/app");
    CHECK(fields.resources[2].type == "ref");
    CHECK(fields.resources[2].name == "refs/heads/x");
    CHECK(fields.resources[2].uid == std::string(40, '1') + ".." + std::string(40, '0'));
    CHECK(fields.resources[2].change == "delete");

    const auto kept = without_long_members(facts);
    CHECK(kept.size() == facts.size() - 2);
    CHECK_FALSE(kept.contains("headers"));
    CHECK_FALSE(kept.contains("commits_shown"));
}
