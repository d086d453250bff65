// The whole story over gate's own channels: ask, show, sign, consume, and every way it can fail.
#include <catch2/catch_test_macros.hpp>

#include "shield/gate/testing.hpp"
#include "shield/gate/words.hpp"

using namespace anchorhold;
using namespace anchorhold::gate;

namespace {

constexpr std::string_view kOrigin = "http://anchor.shield.localhost:8711";

std::string text(const json::object& message, std::string_view name) {
    return std::string(text_member(message, name).value_or("(none)"));
}
json::object ask(const json::object& facts, std::int64_t id = 1, std::string_view rule = "app-push") {
    return {{"type", "ask"}, {"id", id}, {"action", facts}, {"rule", rule}};
}
json::object consume(const std::string& request, const json::object& facts, std::int64_t id = 9) {
    return {{"type", "consume"}, {"id", id}, {"request", request}, {"action", facts}};
}

// What the page does: gets the options, has them signed, sends the assertion.
json::object approve(FakePeer& console, const passkey::SoftAuthenticator& authenticator, const std::string& request) {
    auto options = console.call({{"type", "approve-options"}, {"id", 20}, {"request", request}});
    if (text(options, "type") != "approve-options")
        return options;
    const auto challenge = from_base64url(text(options, "challenge"));
    return console.call({{"type", "approve"},
                         {"id", 21},
                         {"request", request},
                         {"credential", authenticator.get(*challenge)},
                         {"origin", kOrigin}});
}

}  // namespace

TEST_CASE("asked, shown, approved by a passkey, consumed once, and all of it in the log") {
    Bench bench;
    auto egress = bench.connect(Gate::Role::egress);
    auto agent_api = bench.watching_agent_api();
    auto console = bench.watching_console();
    REQUIRE(bench.ready);

    const auto pending = egress.call(ask(push_facts()));
    REQUIRE(text(pending, "type") == "pending");
    const std::string request = text(pending, "request");
    CHECK(text(pending, "url") == "http://anchor.shield.localhost:8711/");
    CHECK(pending.at("expires") == kNow + 300);
    const auto told = agent_api.state().at("pending").as_array();
    REQUIRE(told.size() == 1);
    CHECK(told[0] ==
          json::object{{"request", request}, {"summary", "push acme/app refs/heads/main"}, {"expires", kNow + 300}});

    const auto state = console.state();
    REQUIRE(state.at("requests").as_array().size() == 1);
    const auto& shown = state.at("requests").as_array()[0].as_object();
    CHECK(text(shown, "request") == request);
    const std::string canonical_text = text(shown, "canonical");
    CHECK(canonical_text == *canonical(shown.at("record")));
    CHECK(text(shown, "digest") == to_hex(sha256(canonical_text)));
    const auto& record = shown.at("record").as_object();
    CHECK(record.at("v") == 1);
    CHECK(record.at("workstation") == "anchor");
    CHECK(record.at("credential") == "git-demo");
    CHECK(record.at("rule") == "app-push");
    CHECK(record.at("profile").at("version") == 3);
    CHECK(text(record, "nonce").size() == 64);

    const auto options = console.call({{"type", "approve-options"}, {"id", 20}, {"request", request}});
    CHECK(text(options, "challenge") == to_base64url(sha256(canonical_text)));
    CHECK(text(options, "rpId") == "shield.localhost");
    CHECK(options.at("allow").as_array().size() == 1);

    CHECK(text(approve(console, bench.authenticator, request), "type") == "done");
    const auto verdict = egress.hear();
    CHECK(text(verdict, "verdict") == "approved");
    CHECK(text(verdict, "by") == "Phone");
    CHECK(verdict.at("id") == 1);

    const auto lease = egress.call(consume(request, push_facts()));
    REQUIRE(text(lease, "type") == "lease");
    CHECK(text(lease, "kind") == "basic");
    CHECK(text(lease, "user") == "agent-bot");
    CHECK(text(lease, "secret") == kSecret);
    CHECK(lease.at("seconds") == 300);

    CHECK(text(egress.call(consume(request, push_facts())), "type") == "refused");
    CHECK(console.state().at("requests").as_array().empty());
    CHECK(console.state().at("recent").as_array()[0].at("verdict") == "approved");

    // Delayed, then sent; and the receipt, which anyone can verify.
    const auto acts = bench.auditor.of_class(6003);
    REQUIRE(acts.size() == 2);
    CHECK(acts[0].at("disposition_id") == 14);
    CHECK(acts[1].at("disposition_id") == 1);
    const auto answers = bench.auditor.of_class(3003);
    REQUIRE(answers.size() == 1);
    const auto& receipt = answers[0].at("unmapped").as_object();
    CHECK(text(receipt, "action") == canonical_text);
    const auto& assertion = receipt.at("assertion").as_object();
    const auto key = passkey::parse_cose_key(*from_base64url(text(assertion, "public_key")));
    const auto client = *from_base64url(text(assertion, "client_data_json"));
    const auto hash = sha256({client});
    REQUIRE(key);
    CHECK(passkey::verify_signature(*key, {*from_base64url(text(assertion, "authenticator_data")), hash},
                                    *from_base64url(text(assertion, "signature"))));
    CHECK(as_text(client).contains(to_base64url(sha256(canonical_text))));
    CHECK_FALSE(
        json::serialize(json::array(bench.auditor.events.begin(), bench.auditor.events.end())).contains(kSecret));
}

TEST_CASE("nothing is lent before the log has it on disk") {
    Bench bench;
    auto egress = bench.connect(Gate::Role::egress);
    auto console = bench.watching_console();
    const auto request = text(egress.call(ask(push_facts())), "request");

    bench.auditor.mood = FakeAuditor::Mood::keeps_silent;
    CHECK(approve(console, bench.authenticator, request).empty());
    CHECK(egress.hear().empty());
    bench.auditor.catch_up();
    CHECK(text(egress.hear(), "verdict") == "approved");
    CHECK(text(console.hear(), "type") == "done");

    CHECK(egress.call(consume(request, push_facts())).empty());
    bench.auditor.catch_up();
    CHECK(text(egress.hear(), "type") == "lease");

    CHECK(egress
              .call({{"type", "lease"},
                     {"id", 30},
                     {"credential", "git-demo"},
                     {"host", "git.demo.test"},
                     {"rule", "app-fetch"}})
              .empty());
    bench.auditor.catch_up();
    CHECK(text(egress.hear(), "type") == "lease");
}

TEST_CASE("an auditor that goes or cannot write refuses what is under way") {
    for (const bool fails : {true, false}) {
        Bench bench;
        auto egress = bench.connect(Gate::Role::egress);
        auto console = bench.watching_console();
        const auto first = text(egress.call(ask(push_facts())), "request");
        const auto second = text(egress.call(ask(push_facts("refs/heads/other"), 2)), "request");
        REQUIRE(text(approve(console, bench.authenticator, first), "type") == "done");
        REQUIRE(text(egress.hear(), "verdict") == "approved");

        bench.auditor.mood = fails ? FakeAuditor::Mood::fails : FakeAuditor::Mood::keeps_silent;
        egress.say(consume(first, push_facts()));
        bench.pump();
        if (!fails)
            bench.auditor.stop();
        const auto refused = egress.hear();
        CHECK(text(refused, "type") == "refused");
        CHECK(text(refused, "reason").contains(fails ? "the disk is full" : "the auditor stopped"));
        const auto verdict = egress.hear();
        CHECK(text(verdict, "request") == second);
        CHECK(text(verdict, "verdict") == "refused");
        CHECK(bench.gate->readiness().state == "no-auditor");

        CHECK(text(egress.call(ask(push_facts(), 3)), "type") == "refused");
        CHECK(text(egress.call({{"type", "lease"},
                                {"id", 30},
                                {"credential", "git-demo"},
                                {"host", "git.demo.test"},
                                {"rule", "app-fetch"}}),
                   "type") == "refused");
        CHECK(text(egress.call(consume(first, push_facts())), "type") == "refused");
    }
}

TEST_CASE("a denied push, with the person's name and reason") {
    Bench bench;
    auto egress = bench.connect(Gate::Role::egress);
    auto console = bench.watching_console();
    const auto request = text(egress.call(ask(push_facts())), "request");
    CHECK(text(console.call({{"type", "deny"}, {"id", 5}, {"request", request}, {"reason", "not on Friday"}}),
               "type") == "done");
    const auto verdict = egress.hear();
    CHECK(text(verdict, "verdict") == "denied");
    CHECK(text(verdict, "reason") == "not on Friday");
    CHECK(text(verdict, "by") == "Phone");
    CHECK(text(egress.call(consume(request, push_facts())), "type") == "refused");
    CHECK(text(approve(console, bench.authenticator, request), "type") == "refused");
    const auto answer = bench.auditor.of_class(3003)[0];
    CHECK(answer.at("disposition_id") == 25);
    CHECK(json::serialize(answer).contains("Phone"));
    CHECK(console.state().at("recent").as_array()[0].at("reason") == "not on Friday");
}

TEST_CASE("a person's words come as one line that can be read, and no longer than 200 characters") {
    CHECK(quotable("not on Friday") == "not on Friday");
    CHECK(quotable(" a\nb\r\n\x1b[31mc \t\u202ed\u200b ") == "a b [31mc d");
    CHECK(quotable("say \"yes\"") == "say 'yes'");
    CHECK(quotable(std::string(500, 'x')) == std::string(200, 'x'));
    CHECK(quotable("\u2028\u2029\u00ad").empty());
    std::string umlauts;
    for (int i = 0; i < 300; ++i)
        umlauts += "\u00fc";
    CHECK(quotable(umlauts).size() == 400);
}

TEST_CASE("no answer is a no") {
    Bench bench;
    auto egress = bench.connect(Gate::Role::egress);
    auto console = bench.watching_console();
    const auto request = text(egress.call(ask(push_facts())), "request");
    bench.pass(299);
    CHECK(egress.hear().empty());
    bench.pass(1);
    CHECK(text(egress.hear(), "verdict") == "expired");
    CHECK(text(approve(console, bench.authenticator, request), "type") == "refused");
    CHECK(console.state().at("requests").as_array().empty());
}

TEST_CASE("an approval that is not used in time is worth nothing") {
    Bench bench;
    auto egress = bench.connect(Gate::Role::egress);
    auto console = bench.watching_console();
    const auto request = text(egress.call(ask(push_facts())), "request");
    REQUIRE(text(approve(console, bench.authenticator, request), "type") == "done");
    bench.pass(300);
    REQUIRE(text(egress.hear(), "verdict") == "approved");
    REQUIRE(text(egress.hear(), "verdict") == "expired");
    CHECK(text(egress.call(consume(request, push_facts())), "type") == "refused");
}

TEST_CASE("an act altered after approval is refused, and the approval is gone") {
    Bench bench;
    auto egress = bench.connect(Gate::Role::egress);
    auto console = bench.watching_console();
    const auto request = text(egress.call(ask(push_facts())), "request");
    REQUIRE(text(approve(console, bench.authenticator, request), "type") == "done");
    REQUIRE(text(egress.hear(), "verdict") == "approved");
    auto altered = push_facts();
    altered["body_sha256"] = std::string(64, 'b');
    CHECK(text(egress.call(consume(request, altered)), "reason") ==
          "what is about to be sent is not what was approved");
    CHECK(text(egress.hear(), "verdict") == "refused");
    CHECK(text(egress.call(consume(request, push_facts())), "type") == "refused");
    CHECK(bench.auditor.of_class(6003).back().at("disposition_id") == 2);
}

TEST_CASE("only a registered passkey, over this very request, on this very page") {
    Bench bench;
    auto egress = bench.connect(Gate::Role::egress);
    auto console = bench.watching_console();
    const auto first = text(egress.call(ask(push_facts())), "request");
    const auto second = text(egress.call(ask(push_facts(), 2)), "request");

    passkey::SoftAuthenticator unknown;
    unknown.id = Bytes(32, 9);
    CHECK(text(approve(console, unknown, first), "reason").contains("not registered"));
    const passkey::SoftAuthenticator impostor;  // the same id with another key
    CHECK(text(approve(console, impostor, first), "reason").contains("signature"));

    const auto options = console.call({{"type", "approve-options"}, {"id", 20}, {"request", first}});
    const auto assertion = bench.authenticator.get(*from_base64url(text(options, "challenge")));
    const auto send = [&](const std::string& request, std::string_view origin) {
        return console.call(
            {{"type", "approve"}, {"id", 21}, {"request", request}, {"credential", assertion}, {"origin", origin}});
    };
    CHECK(text(send(second, kOrigin), "reason").contains("challenge"));
    CHECK(text(send(first, "http://evil.shield.localhost:8711"), "reason").contains("origin"));
    CHECK(egress.hear().empty());
    CHECK(text(send(first, kOrigin), "type") == "done");
    CHECK(text(send(first, kOrigin), "type") == "refused");
    CHECK(text(egress.hear(), "request") == first);
    CHECK(egress.hear().empty());
    CHECK(text(egress.call(consume(second, push_facts())), "type") == "refused");
}

TEST_CASE("when the console stops, nobody could answer: all that waits is refused") {
    Bench bench;
    auto egress = bench.connect(Gate::Role::egress);
    CHECK(text(egress.call(ask(push_facts())), "reason").contains("console is not running"));
    {
        auto console = bench.watching_console();
        REQUIRE(text(egress.call(ask(push_facts(), 2)), "type") == "pending");
    }
    const auto verdict = egress.hear();
    CHECK(text(verdict, "verdict") == "refused");
    CHECK(text(verdict, "reason") == "the approval console stopped; nothing was sent");
    CHECK(bench.gate->readiness().state == "no-console");
}

TEST_CASE("when egress stops or withdraws, the question goes with it") {
    Bench bench;
    auto console = bench.watching_console();
    {
        auto egress = bench.connect(Gate::Role::egress);
        REQUIRE(text(egress.call(ask(push_facts())), "type") == "pending");
        REQUIRE(text(egress.call(ask(push_facts(), 2)), "type") == "pending");
        egress.say({{"type", "cancel"}, {"id", 1}});
        CHECK(text(egress.hear(), "reason") == "the client went away");
        CHECK(console.state().at("requests").as_array().size() == 1);
    }
    CHECK(console.state().at("requests").as_array().empty());
}

TEST_CASE("the 65th request is refused") {
    Bench bench;
    auto egress = bench.connect(Gate::Role::egress);
    auto agent_api = bench.watching_agent_api();
    auto console = bench.watching_console();
    for (std::int64_t id = 1; id <= 64; ++id) {
        bench.now += 2;
        REQUIRE(text(egress.call(ask(push_facts(), id)), "type") == "pending");
    }
    bench.now += 2;
    CHECK(text(egress.call(ask(push_facts(), 65)), "reason").contains("64 requests"));
    CHECK(console.state().at("requests").as_array().size() == 64);
    CHECK(agent_api.state().at("pending").as_array().size() == 64);
}

TEST_CASE("an agent that asks and hangs up again and again is refused, and fills no log") {
    Bench bench;
    auto egress = bench.connect(Gate::Role::egress);
    auto console = bench.watching_console();
    for (std::int64_t id = 1; id <= 30; ++id) {
        REQUIRE(text(egress.call(ask(push_facts(), id)), "type") == "pending");
        REQUIRE(text(egress.call({{"type", "cancel"}, {"id", id}}), "verdict") == "refused");
    }
    CHECK(text(egress.call(ask(push_facts(), 31)), "reason") ==
          "more than 30 requests were asked about in a minute; try again in a few seconds");
    CHECK(bench.auditor.of_class(6003).size() == 30);
    REQUIRE(bench.auditor.of_class(3003).size() == 30);
    // The digest names what was asked; the text of it is for what a person has answered.
    const auto withdrawn = bench.auditor.of_class(3003).front().at("unmapped").as_object();
    CHECK_FALSE(withdrawn.contains("action"));
    CHECK(withdrawn.at("action_sha256") == bench.auditor.of_class(6003).front().at("unmapped").at("action_sha256"));

    bench.now += 2;
    const auto request = text(egress.call(ask(push_facts(), 32)), "request");
    CHECK(text(egress.call(ask(push_facts(), 33)), "type") == "refused");
    console.call({{"type", "deny"}, {"id", 5}, {"request", request}, {"reason", "no"}});
    const auto denied = bench.auditor.of_class(3003).back().at("unmapped").as_object();
    CHECK(text(denied, "action_sha256") == to_hex(sha256(text(denied, "action"))));
}

TEST_CASE("what the profile does not ask about is not asked") {
    Bench bench;
    auto egress = bench.connect(Gate::Role::egress);
    auto console = bench.watching_console();
    CHECK(text(egress.call(ask(push_facts("refs/tags/v1"))), "type") == "refused");
    CHECK(text(egress.call(ask(push_facts(), 2, "app-fetch")), "type") == "refused");
    CHECK(text(egress.call(ask({{"kind", "git.push"}}, 3)), "type") == "refused");
    CHECK(console.state().at("requests").as_array().empty());
}

TEST_CASE("a held plain request whose rule places no credential") {
    Bench bench;
    auto egress = bench.connect(Gate::Role::egress);
    auto console = bench.watching_console();
    const json::object facts{{"kind", "http.request"},
                             {"host", "git.demo.test"},
                             {"port", 443},
                             {"method", "POST"},
                             {"url", "https://git.demo.test/deploy/prod?x=1"},
                             {"body_sha256", to_hex(sha256("pay=5"))},
                             {"body_bytes", 5},
                             {"body_text", "pay=5"},
                             {"headers", {{{"name", "x-action"}, {"value", "Describe"}}}}};
    json::object other = facts;
    other["headers"] = json::array{json::object{{"name", "X-Action"}, {"value", "Describe"}}};
    CHECK(text(egress.call(ask(other, 9, "deploy")), "type") == "refused");
    const auto pending = egress.call(ask(facts, 1, "deploy"));
    REQUIRE(text(pending, "type") == "pending");
    CHECK(pending.at("expires") == kNow + 60);
    REQUIRE(text(approve(console, bench.authenticator, text(pending, "request")), "type") == "done");
    REQUIRE(text(egress.hear(), "verdict") == "approved");
    const auto lease = egress.call(consume(text(pending, "request"), facts));
    CHECK(text(lease, "type") == "lease");
    CHECK(text(lease, "kind") == "none");
}

TEST_CASE("a profile that expires while running takes everything with it") {
    Bench bench;
    auto egress = bench.connect(Gate::Role::egress);
    auto console = bench.watching_console();
    CHECK(text(egress.call({{"type", "policy"}}), "name") == "demo");
    bench.now = 1'811'808'000 - 100;  // 2027-06-01T00:00:00Z
    const auto pending = egress.call(ask(push_facts()));
    CHECK(pending.at("expires") == 1'811'808'000);
    bench.pass(100);
    std::vector<std::string> said;
    for (auto message = egress.hear(); !message.empty(); message = egress.hear())
        said.push_back(text(message, "type") + " " + text(message, "verdict"));
    CHECK(said == std::vector<std::string>{"verdict expired", "no-policy (none)"});
    CHECK(text(egress.call(ask(push_facts(), 2)), "reason").contains("expired"));
    CHECK(bench.status.starts_with("no profile: "));
    CHECK(bench.gate->readiness().state == "no-profile");
    CHECK(text(console.state().at("profile").as_object(), "reason").contains("expired"));
    CHECK(bench.auditor.of_class(5019).size() == 2);
}
