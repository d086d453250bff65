#include "shield/profile/decide.hpp"

#include <catch2/catch_test_macros.hpp>
#include <initializer_list>
#include <string>
#include <vector>

#include "shield/profile/explain.hpp"
#include "shield/profile/testing.hpp"

using namespace anchorhold::profile;
using namespace std::string_view_literals;

namespace {

const Profile kProfile = demo();
constexpr std::string_view kGit = "git.demo.test";

Decision get(std::string_view host, std::string_view target, std::string_view method = "GET",
             std::uint16_t port = 443) {
    return decide(kProfile, HttpRequest{host, port, method, read_target(target)});
}

Decision push(std::initializer_list<RefUpdate> updates, std::string_view repository = "acme/app") {
    const std::vector<RefUpdate> list(updates);
    return decide(kProfile, PushRequest{kGit, 443, repository, list});
}

std::string_view id_of(const Decision& decision) {
    return decision.rule == nullptr ? std::string_view{} : decision.rule->id;
}

}  // namespace

TEST_CASE("the first rule that matches wins, none denies") {
    CHECK(get(kGit, "/status/x").verdict == Verdict::allow);
    CHECK(id_of(get(kGit, "/status/x")) == "status");
    CHECK(get(kGit, "/status/x").reason == "allowed by rule status of profile demo version 1");
    const Decision admin = get(kGit, "/admin/users");
    CHECK(admin.verdict == Verdict::deny);
    CHECK(admin.reason ==
          "refused by profile demo version 1: rule no-admin denies GET https://git.demo.test/admin/users");
    CHECK(id_of(get(kGit, "/Admin/Users")) == "no-admin");
    const Decision post = get(kGit, "/status/x", "POST");
    CHECK(post.rule == nullptr);
    CHECK(post.reason == "refused by profile demo version 1: no rule matches POST https://git.demo.test/status/x");
    CHECK(get("api.demo.test", "/v1", "POST").verdict == Verdict::ask);
    CHECK(get(kGit, "/x", "get").verdict == Verdict::deny);
    CHECK(get("api.demo.test", "/v1", "TRACE").verdict == Verdict::deny);
}

TEST_CASE("names and ports that are not listed are refused by name") {
    CHECK(get("example.com", "/").reason == "refused by profile demo version 1: no rule lists example.com");
    CHECK(get(kGit, "/", "GET", 22).reason ==
          "refused by profile demo version 1: port 22 of git.demo.test is not listed");
    CHECK(get(kGit, "/x", "GET", 8443).verdict == Verdict::allow);
    CHECK(get("GIT.demo.test.", "/x").verdict == Verdict::allow);
    CHECK(get("git.demo.test\0.evil.test"sv, "/x").reason ==
          "refused by profile demo version 1: the host name has a null byte");
    CHECK(get("evil\r\nX: y", "/x").verdict == Verdict::deny);
}

TEST_CASE("a path that leads to what is denied is refused however it is written") {
    CHECK(id_of(get(kGit, "/x/../admin/users")) == "no-admin");
    CHECK(get(kGit, "/../admin/users").reason == "refused by profile demo version 1: the path climbs above its root");
    CHECK(get(kGit, "//admin/users").verdict == Verdict::deny);
    CHECK(get(kGit, "/x/%2e%2e/admin/users").verdict == Verdict::deny);
    CHECK(id_of(get(kGit, "/%61dmin/users")) == "no-admin");
}

TEST_CASE("plain rules never judge git, git rules never judge plain requests") {
    CHECK(get(kGit, "/acme/app.git/info/refs?service=git-receive-pack").reason ==
          "refused by profile demo version 1: this is a git request and only git rules may judge it");
    CHECK(get(kGit, "/acme/app.git/git-upload-pack").verdict == Verdict::deny);
    CHECK(get("api.demo.test", "/acme/app/git-receive-pack", "POST").verdict == Verdict::deny);
    CHECK(decide_git_fetch(kProfile, {"api.demo.test", 443, "acme/app"}).verdict == Verdict::deny);
}

TEST_CASE("fetch") {
    const Decision fetch = decide_git_fetch(kProfile, {kGit, 443, "acme/app"});
    CHECK(fetch.verdict == Verdict::allow);
    CHECK(fetch.rule->credential == "git-demo");
    CHECK(decide_git_fetch(kProfile, {kGit, 443, "other/app"}).reason ==
          "refused by profile demo version 1: no rule matches the fetch of other/app on git.demo.test");
    for (const char* repository :
         {"", "/acme/app", "acme/app.git", "acme/../acme/app", "acme/app/.git", "acme//app", "acme/"})
        CHECK(decide_git_fetch(kProfile, {kGit, 443, repository}).verdict == Verdict::deny);
}

TEST_CASE("a push is judged ref by ref") {
    const RefUpdate main{"refs/heads/main", UpdateKind::update};
    const RefUpdate own{"refs/heads/agent/x", UpdateKind::create};
    const RefUpdate gone{"refs/heads/main", UpdateKind::remove};
    const RefUpdate tag{"refs/tags/v1", UpdateKind::create};
    CHECK(push({main}).verdict == Verdict::ask);
    CHECK(push({main}).rule->expires_in == std::chrono::seconds(120));
    CHECK(push({own}).verdict == Verdict::allow);
    CHECK(id_of(push({own, main})) == "app-push");
    CHECK(push({own, main}).verdict == Verdict::ask);
    CHECK(id_of(push({main, own})) == "app-push");
    CHECK(push({own, main, gone}).reason ==
          "refused by profile demo version 1: rule no-delete denies the delete of "
          "refs/heads/main in acme/app on git.demo.test");
    CHECK(push({{"refs/heads/x", UpdateKind::remove}}).rule == nullptr);
    CHECK(push({tag}).rule->credential == "git-release");
    CHECK(push({main, tag}).reason ==
          "refused by profile demo version 1: rules app-push and tags place different "
          "credentials; push these refs one after the other");
    CHECK(push({}).verdict == Verdict::deny);
}

TEST_CASE("a push of a ref with a forbidden name is refused, and shown without its controls") {
    CHECK(push({{"refs/heads/a..b", UpdateKind::update}}).reason ==
          "refused by profile demo version 1: ref \"refs/heads/a..b\" has `..`");
    CHECK(push({{"refs/heads/a\x1b[2J", UpdateKind::update}}).reason.contains("refs/heads/a?[2J"));
}

TEST_CASE("the advertisement is open where a push could pass") {
    CHECK(id_of(decide_git_advertise(kProfile, {kGit, 443, "acme/app"})) == "own-branch");
    CHECK(decide_git_advertise(kProfile, {kGit, 443, "acme/app"}).verdict == Verdict::allow);
    CHECK(decide_git_advertise(kProfile, {kGit, 443, "other/app"}).verdict == Verdict::deny);
    const auto shut = parse(demo_with("updates = [\"delete\"]\n", ""));
    REQUIRE(shut);
    CHECK(decide_git_advertise(*shut, {kGit, 443, "acme/app"}).verdict == Verdict::allow);
    const auto all =
        parse(demo_with("refs = [\"refs/heads/main\", \"refs/heads/release/**\"]\nupdates = [\"delete\"]\n", ""));
    REQUIRE(all);
    CHECK(decide_git_advertise(*all, {kGit, 443, "acme/app"}).verdict == Verdict::deny);
}

TEST_CASE("a profile with no host lets nothing through") {
    const auto empty = parse("name = \"none\"\nversion = 1\nexpires = 2027-06-01T00:00:00Z\n");
    REQUIRE(empty);
    CHECK(decide(*empty, HttpRequest{"example.com", 443, "GET", read_target("/")}).verdict == Verdict::deny);
}

TEST_CASE("other letters do not lead past a rule that asks or denies") {
    const auto profile = parse(R"(name = "letters"
version = 1
expires = 2027-06-01T00:00:00Z
[[host]]
name = "a.test"
[[rule]]
id = "prod"
host = "a.test"
git = "push"
repository = "acme/Prod"
verdict = "ask"
[[rule]]
id = "main"
host = "a.test"
git = "push"
refs = ["refs/heads/main"]
verdict = "ask"
[[rule]]
id = "release"
host = "a.test"
git = "push"
refs = ["refs/heads/release/*"]
verdict = "deny"
[[rule]]
id = "rest"
host = "a.test"
git = "push"
repository = "acme/*"
verdict = "allow"
[[rule]]
id = "keys"
host = "a.test"
path = "/Keys/**"
verdict = "ask"
[[rule]]
id = "pages"
host = "a.test"
path = "/**"
verdict = "allow"
)");
    REQUIRE(profile);
    const auto by = [&](std::string_view repository, std::string_view ref) {
        const RefUpdate update{ref, UpdateKind::update};
        return id_of(decide(*profile, PushRequest{"a.test", 443, repository, {&update, 1}}));
    };
    CHECK(by("acme/Prod", "refs/heads/x") == "prod");
    CHECK(by("acme/PROD", "refs/heads/x") == "prod");
    CHECK(by("acme/app", "refs/heads/MAIN") == "main");
    CHECK(by("acme/app", "refs/heads/Release/1") == "release");
    CHECK(by("acme/app", "refs/heads/x") == "rest");
    CHECK(by("ACME/app", "refs/heads/x").empty());
    for (const std::string_view path : {"/Keys/1", "/keys/1", "/KEYS/1", "/%4Beys/1"})
        CHECK(decide(*profile, HttpRequest{"a.test", 443, "GET", read_target(path)}).verdict == Verdict::ask);
    CHECK(decide(*profile, HttpRequest{"a.test", 443, "GET", read_target("/key/1")}).verdict == Verdict::allow);
}

TEST_CASE("a star of refs takes in slashes") {
    CHECK(push({{"refs/heads/agent/a/b", UpdateKind::create}}).verdict == Verdict::allow);
    CHECK(id_of(push({{"refs/heads/feature/x", UpdateKind::create}})) == "app-push");
}

TEST_CASE("options behind a ref are allowed by no rule that does not speak of them") {
    const auto profile =
        parse(demo_with("refs = [\"refs/heads/agent/*\"]", "refs = [\"refs/for/*\", \"refs/topic/*%wip\"]"));
    REQUIRE(profile);
    const auto judged = [&](std::string_view ref) {
        const RefUpdate update{ref, UpdateKind::update};
        return decide(*profile, PushRequest{kGit, 443, "acme/app", {&update, 1}});
    };
    CHECK(judged("refs/for/main").verdict == Verdict::allow);
    CHECK(judged("refs/for/main%submit,l=Code-Review+2").verdict == Verdict::deny);
    CHECK(judged("refs/topic/x%wip").verdict == Verdict::allow);
    CHECK(id_of(judged("refs/heads/x%submit")) == "app-push");
    const RefUpdate gone{"refs/heads/main%force", UpdateKind::remove};
    CHECK(id_of(decide(*profile, PushRequest{kGit, 443, "acme/app", {&gone, 1}})) == "no-delete");
    const auto any = parse(demo_with("refs = [\"refs/heads/agent/*\"]\n", ""));
    REQUIRE(any);
    const RefUpdate rides{"refs/for/main%submit", UpdateKind::update};
    CHECK(decide(*any, PushRequest{kGit, 443, "acme/app", {&rides, 1}}).rule == nullptr);
}

TEST_CASE("path parameters do not lead past a rule that denies or asks") {
    CHECK(id_of(get(kGit, "/admin;x/users")) == "no-admin");
    CHECK(id_of(get(kGit, "/admin;x=1;y/users;z")) == "no-admin");
    CHECK(id_of(get(kGit, "/Admin%3bx/users")) == "no-admin");
    CHECK(get(kGit, "/;x/admin/users").verdict == Verdict::deny);
    CHECK(id_of(get(kGit, "/status;x/users")) == "status");
    const auto asks =
        parse(demo_with("path = \"/admin/**\"\nverdict = \"deny\"", "path = \"/admin/*\"\nverdict = \"ask\""));
    REQUIRE(asks);
    CHECK(decide(*asks, HttpRequest{kGit, 443, "GET", read_target("/admin;x/users")}).verdict == Verdict::ask);
    const auto narrow = parse(demo_with("path = \"/**\"", "path = \"/status/**\""));
    REQUIRE(narrow);
    CHECK(decide(*narrow, HttpRequest{kGit, 443, "GET", read_target("/status;x/a")}).rule == nullptr);
}

TEST_CASE("a slash at the end does not lead past a rule that denies or asks") {
    const auto exact = parse(demo_with("path = \"/admin/**\"", "path = \"/admin\""));
    REQUIRE(exact);
    for (const std::string_view path : {"/admin", "/admin/", "/admin/;x", "/admin;x/", "/ADMIN/"})
        CHECK(id_of(decide(*exact, HttpRequest{kGit, 443, "GET", read_target(path)})) == "no-admin");
    CHECK(id_of(decide(*exact, HttpRequest{kGit, 443, "GET", read_target("/admin/x")})) == "status");
    const auto narrow = parse(demo_with("path = \"/**\"", "path = \"/status\""));
    REQUIRE(narrow);
    CHECK(id_of(decide(*narrow, HttpRequest{kGit, 443, "GET", read_target("/status")})) == "status");
    CHECK(decide(*narrow, HttpRequest{kGit, 443, "GET", read_target("/status/")}).rule == nullptr);
}

TEST_CASE("what is allowed must be so with and without path parameters") {
    const auto texts = parse(demo_with("path = \"/**\"", "path = \"/files/*.txt\""));
    REQUIRE(texts);
    CHECK(id_of(decide(*texts, HttpRequest{kGit, 443, "GET", read_target("/files/a.txt")})) == "status");
    CHECK(id_of(decide(*texts, HttpRequest{kGit, 443, "GET", read_target("/files/a.txt;v=1")})).empty());
    CHECK(id_of(decide(*texts, HttpRequest{kGit, 443, "GET", read_target("/files/secret;.txt")})).empty());
    const auto spoken_of = parse(demo_with("path = \"/**\"", "path = \"/files/*;v=*\""));
    REQUIRE(spoken_of);
    CHECK(id_of(decide(*spoken_of, HttpRequest{kGit, 443, "GET", read_target("/files/a;v=1")})) == "status");
}

TEST_CASE("an encoded slash passes where both its readings are judged alike") {
    CHECK(id_of(get(kGit, "/@anthropic-ai%2fclaude-code")) == "status");
    CHECK(get(kGit, "/@anthropic-ai%2fclaude-code").verdict == Verdict::allow);
    CHECK(id_of(get("api.demo.test", "/api/v4/projects/group%2Fproject", "POST")) == "api-write");
    CHECK(id_of(get(kGit, "/admin/a%2fb")) == "no-admin");
    const Decision split = get(kGit, "/admin%2fusers");
    CHECK(split.verdict == Verdict::deny);
    CHECK(split.reason ==
          "refused by profile demo version 1: servers read this path in more than one way, and these readings are "
          "judged differently: /admin%2Fusers (as it is written) by rule status, /admin/users (%2f as a slash) by rule "
          "no-admin");
    CHECK(id_of(split) == "no-admin");
    CHECK(get(kGit, "/admin;x%2fusers").verdict == Verdict::deny);
    CHECK(get(kGit, "/x%2f..%2fadmin/users").verdict == Verdict::deny);
    CHECK(get(kGit, "/x/%2e%2e%2fadmin/users").verdict == Verdict::deny);
    CHECK(get(kGit, "/x%5c..%5cadmin%5cusers").verdict == Verdict::deny);
    CHECK(get(kGit, "/a%2fb", "POST").reason ==
          "refused by profile demo version 1: no rule matches POST https://git.demo.test/a%2Fb");

    const auto scope = parse(demo_with("path = \"/**\"", "path = \"/@acme**\""));
    REQUIRE(scope);
    CHECK(decide(*scope, HttpRequest{kGit, 443, "GET", read_target("/@acme%2fapp")}).verdict == Verdict::allow);
    const auto directory = parse(demo_with("path = \"/**\"", "path = \"/@acme/**\""));
    REQUIRE(directory);
    const Explanation half = explain(*directory, HttpRequest{kGit, 443, "GET", read_target("/@acme%2fapp")});
    CHECK(half.decision.verdict == Verdict::deny);
    CHECK(half.decision.reason.ends_with(
        "/@acme%2Fapp (as it is written) by no rule, /@acme/app (%2f as a slash) by rule status"));
    CHECK(half.steps.back().matched);
}

TEST_CASE("the quick glance at a host's rules never changes the decision") {
    const auto profile = parse(R"(name = "many"
version = 1
expires = 2027-06-01T00:00:00Z
[[host]]
name = "a.test"
[[rule]]
id = "long"
host = "a.test"
methods = ["PROPFIND", "GET"]
path = "/a/prefix/longer/than/a/glance/*/x"
verdict = "allow"
[[rule]]
id = "exact"
host = "a.test"
path = "/a/prefix/longer/than/a/g"
verdict = "deny"
[[rule]]
id = "star"
host = "a.test"
methods = ["MKCOL", "POST"]
path = "/**"
verdict = "ask"
[[rule]]
id = "any"
host = "a.test"
methods = ["OPTIONS"]
verdict = "allow"
)");
    REQUIRE(profile);
    for (const std::string_view method : {"GET", "POST", "PROPFIND", "MKCOL", "OPTIONS", "PUT", "get", ""})
        for (const std::string_view path :
             {"/", "/a", "/a/prefix/longer/than/a/g", "/a/prefix/longer/than/a/glance/b/x",
              "/a/prefix/longer/than/a/glance/b/c/x"}) {
            INFO(method << ' ' << path);
            const Explanation all = explain(*profile, HttpRequest{"a.test", 443, method, read_target(path)});
            CHECK((all.steps.back().matched ? all.steps.back().rule : nullptr) == all.decision.rule);
        }
}

TEST_CASE("explain says for each rule above why it did not match") {
    const Explanation plain = explain(kProfile, HttpRequest{kGit, 443, "GET", read_target("/status/x")});
    REQUIRE(plain.steps.size() == 7);
    CHECK(plain.steps[0].why == "it is for a git fetch, this is plain HTTP");
    CHECK(plain.steps[5].why == "its path is /admin/**, this one is /status/x");
    CHECK(plain.steps[6].matched);
    CHECK(plain.decision.verdict == Verdict::allow);

    const Explanation other = explain(kProfile, HttpRequest{"api.demo.test", 443, "GET", read_target("/v1")});
    CHECK(other.steps.front().why == "its host is git.demo.test, this one is api.demo.test");
    CHECK(other.steps.back().why == "its method is POST, this one is GET");
    CHECK(other.decision.verdict == Verdict::deny);

    const std::vector<RefUpdate> updates{{"refs/heads/main", UpdateKind::update}};
    const Explanation held = explain(kProfile, PushRequest{kGit, 443, "acme/app", updates});
    REQUIRE(held.steps.size() == 4);
    CHECK(held.steps[1].why == "its update is delete, this one is update");
    CHECK(held.steps[2].why == "its ref is refs/heads/agent/*, this one is refs/heads/main");
    CHECK(explain(kProfile, HttpRequest{"example.com", 443, "GET", read_target("/")}).steps.empty());
}
