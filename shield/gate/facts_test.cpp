#include "shield/gate/facts.hpp"

#include <catch2/catch_test_macros.hpp>

#include "shield/gate/testing.hpp"
#include "shield/profile/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::gate;

namespace {

json::object with(json::object facts, std::string_view member, json::value value) {
    facts[member] = std::move(value);
    return facts;
}
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

TEST_CASE("the text that a person is shown is the body, whole") {
    const auto plain = [](std::string_view body, const auto& text) {
        json::object facts = push_facts();
        for (const char* gone : {"repository", "updates", "commits", "trees", "blobs", "commits_shown"})
            facts.erase(gone);
        facts["kind"] = "http.request";
        facts["body_sha256"] = to_hex(sha256(body));
        facts["body_bytes"] = body.size();
        facts["body_text"] = json::value(text);
        return facts;
    };
    constexpr std::string_view pay = "{\"amount\":\t500000}\r\n";
    CHECK(check_facts(plain(pay, pay)));
    CHECK(check_facts(plain("", "")));
    CHECK(check_facts(plain(pay, nullptr)));
    CHECK_FALSE(check_facts(plain(pay, "{\"amount\":\t5}\r\n")));
    CHECK_FALSE(check_facts(plain(pay, pay.substr(0, 10))));
    CHECK_FALSE(check_facts(plain(pay, "")));
    CHECK_FALSE(check_facts(plain(pay, true)));
    const std::string_view binary("a\0b", 3);
    CHECK_FALSE(check_facts(plain(binary, binary)));
    const std::string long_text(8193, 'x');
    CHECK_FALSE(check_facts(plain(long_text, long_text)));
    CHECK(check_facts(plain(long_text, nullptr)));
    json::object less = plain(pay, pay);
    less.erase("body_text");
    CHECK_FALSE(check_facts(less));
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
