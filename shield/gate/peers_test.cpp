// Who may speak, what is understood, and what is lent without asking.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include "base/log_limiter.hpp"
#include "shield/gate/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::gate;

namespace {

std::string text(const json::object& message, std::string_view name) {
    return std::string(text_member(message, name).value_or("(none)"));
}
json::object lease(std::string_view credential, std::string_view host, std::string_view rule) {
    return {{"type", "lease"}, {"id", 1}, {"credential", credential}, {"host", host}, {"rule", rule}};
}

}  // namespace

TEST_CASE("the kernel says who connects: egress, the console, agent-api, and nobody else") {
    if (geteuid() != 0 || seteuid(802) != 0)
        SKIP("only root in a full user namespace can be two users");
    REQUIRE(seteuid(0) == 0);
    Bench bench;
    const auto connect_as = [&](uid_t uid) {
        // Everyone may try: the server judges.
        REQUIRE(chmod(bench.path("").c_str(), 0755) == 0);
        REQUIRE(chmod(bench.path("gate").c_str(), 0666) == 0);
        REQUIRE(seteuid(uid) == 0);
        auto fd = connect_channel(bench.path("gate"));
        REQUIRE(seteuid(0) == 0);
        REQUIRE(fd);
        bench.pump();
        return FakePeer(bench.loop, std::move(*fd));
    };
    auto egress = connect_as(802);
    CHECK(text(egress.call({{"type", "policy"}}), "type") == "policy");
    auto console = connect_as(803);
    console.say({{"type", "watch"}});
    CHECK(text(console.state(), "type") == "state");
    auto agent_api = connect_as(805);
    agent_api.say({{"type", "watch"}});
    CHECK(text(agent_api.state(), "type") == "status");
    for (const uid_t uid : {uid_t{0}, uid_t{804}, uid_t{806}, uid_t{1000}})
        CHECK(connect_as(uid).ended());
    CHECK(bench.auditor.of_class(6003).size() == 4);
    CHECK(connect_as(803).call({{"type", "policy"}}).empty());
}

TEST_CASE("a malformed message ends its own connection, with a record, and no other") {
    Bench bench;
    auto well = bench.connect(Gate::Role::egress);
    std::size_t records = 0;
    for (const char* packet :
         {"", "x", "[]", "{}", R"({"type":"steal"})", R"({"type":"lease"})", R"({"type":"lease","id":1})",
          R"({"type":"ask","id":1,"rule":"r","action":[]})", R"({"type":"consume","id":"1"})", R"({"type":"watch"})"}) {
        if (*packet == '\0')
            continue;
        auto bad = bench.connect(Gate::Role::egress);
        bad.say_raw(packet);
        INFO(packet);
        CHECK(bad.ended());
        CHECK(bench.auditor.of_class(6003).size() == ++records);
    }
    const auto console = bench.watching_console();
    for (const char* packet :
         {"{}", R"({"type":"lease","id":1,"credential":"git-demo","host":"git.demo.test","rule":"app-fetch"})",
          R"({"type":"approve","id":1,"request":"x"})", R"({"type":"deny","id":1})"}) {
        auto bad = bench.connect(Gate::Role::console);
        bad.session = console.session;
        bad.say(parse_json(packet)->get_object());
        INFO(packet);
        CHECK(bad.ended());
    }
    CHECK(text(well.call({{"type", "policy"}}), "type") == "policy");
}

TEST_CASE("agent-api is told the profile and every change of the status") {
    Bench bench({.profile = {}, .passkey = false});
    auto agent_api = bench.connect(Gate::Role::agent_api);
    const auto policy = agent_api.call({{"type", "watch"}});
    CHECK(text(policy, "type") == "policy");
    CHECK(text(policy, "name") == "demo");
    CHECK(text(agent_api.state(), "state") == "no-console");
    {
        auto console = bench.connect(Gate::Role::console);
        console.say({{"type", "watch"}});
        CHECK(text(agent_api.state(), "state") == "no-passkey");
        CHECK(text(agent_api.state(), "detail").contains("http://anchor.shield.localhost:8711"));
    }
    CHECK(text(agent_api.state(), "state") == "no-console");
    bench.auditor.stop();
    CHECK(text(agent_api.state(), "state") == "no-auditor");
    bench.now = 1'811'808'000;  // 2027-06-01T00:00:00Z
    bench.pass(1);
    CHECK(text(agent_api.hear(), "type") == "no-policy");
    CHECK(text(agent_api.state(), "state") == "no-profile");
}

TEST_CASE("agent-api may say watch, once, and nothing else") {
    Bench bench;
    auto well = bench.watching_agent_api();
    for (const char* packet :
         {"{}", R"({"type":"policy"})", R"({"type":"watch","id":1})", R"({"type":"status"})",
          R"({"type":"lease","id":1,"credential":"git-demo","host":"git.demo.test","rule":"app-fetch"})",
          R"({"type":"search","id":1,"credential":"git-demo","host":"git.demo.test"})",
          R"({"type":"ask","id":1,"rule":"app-push","action":{}})", R"({"type":"consume","id":1})",
          R"({"type":"cancel","id":1})", R"({"type":"approve","id":1,"request":"x"})",
          R"({"type":"login-options","id":1})"}) {
        auto bad = bench.connect(Gate::Role::agent_api);
        bad.say_raw(packet);
        INFO(packet);
        CHECK(bad.ended());
        CHECK(bad.hear().empty());
    }
    auto twice = bench.watching_agent_api();
    CHECK(text(twice.state(), "type") == "status");
    twice.say({{"type", "watch"}});
    CHECK(twice.ended());
    CHECK_FALSE(well.ended());
}

TEST_CASE("an agent-api that is refused without end fills no log") {
    Bench bench;
    for (int i = 0; i < 400; ++i) {
        auto bad = bench.connect(Gate::Role::agent_api);
        bad.say_raw("{}");
        REQUIRE(bad.ended());
    }
    CHECK(bench.auditor.of_class(6003).size() == LogLimiter::kMaxBurst);
    auto egress = bench.connect(Gate::Role::egress);
    egress.say_raw("{}");
    CHECK(egress.ended());
    CHECK(bench.auditor.of_class(6003).size() == LogLimiter::kMaxBurst + 1);
}

TEST_CASE("an agent-api that does not read is cut off, and nobody else notices") {
    Bench bench;
    auto egress = bench.connect(Gate::Role::egress);
    auto deaf = bench.watching_agent_api();
    bench.pump();
    auto console = bench.watching_console();
    for (int i = 0; i < 5'000; ++i) {
        auto another = bench.connect(Gate::Role::console);
        another.say({{"type", "watch"}});
        bench.pump();
    }
    CHECK(text(egress.call(lease("git-demo", "git.demo.test", "app-fetch")), "type") == "lease");
    CHECK(deaf.ended());
    CHECK(text(bench.watching_agent_api().state(), "state") == "ready");
}

TEST_CASE("the end of agent-api changes nothing for what waits") {
    Bench bench;
    auto egress = bench.connect(Gate::Role::egress);
    const auto console = bench.watching_console();
    {
        auto agent_api = bench.watching_agent_api();
        const auto asked = egress.call({{"type", "ask"}, {"id", 1}, {"rule", "app-push"}, {"action", push_facts()}});
        REQUIRE(text(asked, "type") == "pending");
        CHECK(agent_api.state().at("pending").as_array().size() == 1);
    }
    bench.pump();
    CHECK(egress.hear().empty());
    CHECK(bench.watching_agent_api().state().at("pending").as_array().size() == 1);
}

TEST_CASE("a role has only so many connections") {
    Bench bench;
    std::vector<FakePeer> peers;
    peers.reserve(8);
    for (int i = 0; i < 8; ++i)
        peers.push_back(bench.connect(Gate::Role::egress));
    auto ninth = bench.connect(Gate::Role::egress);
    CHECK(ninth.ended());
    CHECK_FALSE(peers.front().ended());
    peers.pop_back();
    bench.pump();
    auto again = bench.connect(Gate::Role::egress);
    CHECK_FALSE(again.ended());
}

TEST_CASE("a credential is lent by the rule that has it, toward its host") {
    Bench bench;
    auto egress = bench.connect(Gate::Role::egress);
    const auto given = egress.call(lease("git-demo", "git.demo.test", "app-fetch"));
    CHECK(text(given, "secret") == kSecret);
    CHECK(bench.auditor.of_class(6003).size() == 1);
    // The advertisement before a push that will be asked about needs it too.
    CHECK(text(egress.call(lease("git-demo", "git.demo.test", "app-push")), "type") == "lease");
    for (const auto& bad :
         {lease("git-demo", "evil.test", "app-fetch"), lease("other", "git.demo.test", "app-fetch"),
          lease("git-demo", "git.demo.test", "none"), lease("git-demo", "git.demo.test", "status"),
          lease("git-demo", "git.demo.test", "deploy"), lease("", "git.demo.test", "deploy"), lease("", "", "")}) {
        INFO(json::serialize(bad));
        CHECK(text(egress.call(bad), "type") == "refused");
    }
}

TEST_CASE("a credential whose secret the host did not give is refused by name") {
    Bench bench;
    std::filesystem::remove(bench.path("credentials/anchorhold.secret.git-demo"));
    bench.restart();
    auto egress = bench.connect(Gate::Role::egress);
    CHECK(text(egress.call(lease("git-demo", "git.demo.test", "app-fetch")), "reason")
              .contains("anchorhold.secret.git-demo"));
}

TEST_CASE("a secret that cannot be looked for in answers is not lent, and its credential is named") {
    for (const std::string_view secret : {"short", "has a space in its midst", "0123456789abcde"}) {
        Bench bench;
        bench.write("credentials/anchorhold.secret.git-demo", secret);
        bench.restart();
        auto egress = bench.connect(Gate::Role::egress);
        const auto refused = egress.call(lease("git-demo", "git.demo.test", "app-fetch"));
        CHECK(text(refused, "reason").starts_with("the secret of credential git-demo cannot be looked for"));
        const auto search =
            egress.call({{"type", "search"}, {"id", 2}, {"credential", "git-demo"}, {"host", "git.demo.test"}});
        CHECK(text(search, "type") == "search");
        CHECK_FALSE(search.contains("secret"));
    }
}

TEST_CASE("a secret is lent to be looked for in every answer of its hosts, and of no others") {
    Bench bench;
    auto egress = bench.connect(Gate::Role::egress);
    const auto search = [&](std::string_view credential, std::string_view host) {
        return egress.call({{"type", "search"}, {"id", 1}, {"credential", credential}, {"host", host}});
    };
    CHECK(text(search("git-demo", "git.demo.test"), "secret") == kSecret);
    CHECK(text(search("git-demo", "evil.test"), "type") == "refused");
    CHECK(text(search("other", "git.demo.test"), "type") == "refused");
    CHECK(bench.auditor.of_class(6003).size() == 1);
}

TEST_CASE("a credential that comes back again and again is withheld, but still looked for") {
    Bench bench;
    auto egress = bench.connect(Gate::Role::egress);
    auto console = bench.watching_console();
    const auto wanted = lease("git-demo", "git.demo.test", "app-fetch");
    for (int i = 0; i < 3; ++i) {
        CHECK(text(egress.call(wanted), "type") == "lease");
        egress.say({{"type", "echoed"},
                    {"credential", "git-demo"},
                    {"host", "git.demo.test"},
                    {"rule", "app-fetch"},
                    {"path", "/acme/app" + std::string(8000, 'x')}});
    }
    CHECK(text(egress.hear(), "type") == "withheld");
    const auto refused = egress.call(wanted);
    CHECK(text(refused, "type") == "refused");
    CHECK(text(refused, "reason").contains("came back in 3 answers within 10 minutes, the last from git.demo.test"));
    CHECK(text(refused, "reason").contains("(/acme/app"));
    CHECK(text(refused, "reason").size() < 400);
    CHECK(console.state().at("withheld").as_array()[0].at("credential") == "git-demo");
    CHECK(text(egress.call({{"type", "search"}, {"id", 2}, {"credential", "git-demo"}, {"host", "git.demo.test"}}),
               "secret") == kSecret);
    bench.restart();
    auto again = bench.connect(Gate::Role::egress);
    CHECK(text(again.call(wanted), "type") == "lease");
}

TEST_CASE("without a good profile nothing is lent, and everyone hears why") {
    Bench bench({.profile = {}, .signed_profile = false});
    auto egress = bench.connect(Gate::Role::egress);
    const auto policy = egress.call({{"type", "policy"}});
    CHECK(text(policy, "type") == "no-policy");
    CHECK(text(policy, "reason").contains("anchorhold.profile.sig"));
    CHECK(text(egress.call(lease("git-demo", "git.demo.test", "app-fetch")), "type") == "refused");
    CHECK(bench.ready);
    CHECK(bench.status.starts_with("no profile: "));
    CHECK(bench.gate->readiness().state == "no-profile");
    CHECK(bench.auditor.of_class(5019)[0].at("status_id") == 2);
}

TEST_CASE("ready only once the auditor has the first record on disk; it may come late, go, and come back") {
    Bench bench({.profile = {}, .audit = false});
    CHECK_FALSE(bench.ready);
    CHECK(bench.gate->readiness().state == "no-auditor");
    bench.auditor.start();
    while (!bench.ready)
        sd_event_run(bench.loop.raw(), 1'000'000);
    CHECK(bench.auditor.of_class(6002).size() == 1);
    CHECK(bench.auditor.of_class(5019).size() == 1);
    bench.auditor.stop();
    bench.pump();
    CHECK(bench.gate->readiness().state == "no-auditor");
    bench.auditor.start();
    while (bench.gate->readiness().state == "no-auditor")
        sd_event_run(bench.loop.raw(), 1'000'000);
    CHECK(bench.auditor.of_class(6002).size() == 2);
}
