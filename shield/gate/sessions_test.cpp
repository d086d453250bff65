// Whoever reaches the page has shown nothing yet: a session begins with the code or an assertion, and ends.
#include <catch2/catch_test_macros.hpp>

#include "shield/gate/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::gate;

namespace {

constexpr std::string_view kOrigin = "http://anchor.shield.localhost:8711";

std::string text(const json::object& message, std::string_view name) {
    return std::string(text_member(message, name).value_or("(none)"));
}
std::string asked(FakePeer& egress, std::int64_t id = 1) {
    return text(egress.call({{"type", "ask"}, {"id", id}, {"action", push_facts()}, {"rule", "app-push"}}), "request");
}
json::object deny(FakePeer& console, const std::string& request) {
    return console.call({{"type", "deny"}, {"id", 5}, {"request", request}, {"reason", "from the wire"}});
}
json::object login(FakePeer& console, std::string_view offered, const json::object& credential,
                   std::string_view origin = kOrigin) {
    return console.call(
        {{"type", "login"}, {"id", 6}, {"login", offered}, {"credential", credential}, {"origin", origin}});
}

}  // namespace

TEST_CASE("without a session nothing can be denied, asked or ended") {
    Bench bench;
    auto egress = bench.connect(Gate::Role::egress);
    auto console = bench.watching_console();
    const auto request = asked(egress);
    for (const std::string& token :
         {std::string(), std::string("x"), std::string(43, 'A'), console.session + "A", console.session.substr(1)}) {
        INFO(token);
        auto stranger = bench.connect(Gate::Role::console);
        stranger.session = token;
        CHECK(text(deny(stranger, request), "type") == "no-session");
        for (const auto* call : {"session", "approve-options", "approve", "sign-out", "sign-out-others"})
            CHECK(text(stranger.call({{"type", call}, {"id", 7}, {"request", request}}), "type") == "no-session");
    }
    CHECK(egress.hear().empty());
    CHECK(text(console.call({{"type", "session"}, {"id", 7}}), "digest") ==
          text(console.state().at("sessions").as_array()[0].as_object(), "digest"));
    CHECK(text(deny(console, request), "type") == "done");
    CHECK(text(egress.hear(), "by") == "Phone");
}

TEST_CASE("what the console is told of a session opens nothing") {
    Bench bench;
    auto console = bench.watching_console();
    const auto told = json::serialize(console.state());
    CHECK_FALSE(told.contains(console.session));
    CHECK(told.contains(to_hex(sha256({*from_base64url(console.session)}))));
}

TEST_CASE("a session ends by its own word, by another's, by time and with gate") {
    Bench bench;
    auto console = bench.watching_console();
    const auto live = [&](const std::string& token) {
        console.session = token;
        return text(console.call({{"type", "session"}, {"id", 7}}), "type") == "session";
    };
    const auto first = console.session;
    const auto second = bench.sign_in(console);
    const auto third = bench.sign_in(console);
    REQUIRE(first != second);
    CHECK((live(first) && live(second) && live(third)));
    CHECK(live(second));
    CHECK(text(console.call({{"type", "sign-out"}, {"id", 8}}), "type") == "done");
    CHECK((live(first) && !live(second) && live(third)));
    CHECK(text(console.call({{"type", "sign-out-others"}, {"id", 8}}), "type") == "done");
    CHECK((!live(first) && live(third)));
    CHECK(console.state().at("sessions").as_array().size() == 1);
    bench.pass(Sessions::kSeconds - 1);
    CHECK(live(third));
    bench.pass(1);
    CHECK_FALSE(live(third));
    CHECK(console.state().at("sessions").as_array().empty());

    const auto fourth = bench.sign_in(console);
    CHECK(live(fourth));
    bench.restart();
    auto later = bench.watching_console();
    later.session = fourth;
    CHECK(text(later.call({{"type", "session"}, {"id", 7}}), "type") == "no-session");
}

TEST_CASE(
    "a sign-in is signed on this page, by a registered passkey, over a text that was offered here, once, in time") {
    Bench bench;
    auto console = bench.watching_console();
    const auto offer = [&] { return text(console.call({{"type", "login-options"}, {"id", 6}}), "login"); };
    const auto offered = offer();
    const auto good = bench.authenticator.get(sha256(offered));
    CHECK(text(login(console, offered, good, "http://evil.test"), "reason").contains("origin"));
    CHECK(text(login(console, offer(), good), "reason").contains("challenge"));
    const passkey::SoftAuthenticator impostor;
    CHECK(text(login(console, offered, impostor.get(sha256(offered))), "reason").contains("signature"));
    auto forged = offered;
    forged.replace(forged.find("\"expires\":17"), 12, "\"expires\":18");
    CHECK(text(login(console, forged, bench.authenticator.get(sha256(forged))), "reason").contains("Begin it again"));
    CHECK(text(login(console, "{}", good), "reason").contains("Begin it again"));
    CHECK(text(login(console, offered, good), "type") == "done");
    CHECK(text(login(console, offered, good), "reason").contains("Begin it again"));
    const auto late = offer();
    bench.pass(300);
    CHECK(text(login(console, late, bench.authenticator.get(sha256(late))), "reason").contains("Begin it again"));
}

TEST_CASE("however many ask for a sign-in, one begun before them still works") {
    Bench bench;
    auto console = bench.watching_console();
    const auto offered = text(console.call({{"type", "login-options"}, {"id", 6}}), "login");
    for (int i = 0; i < 1000; ++i)
        (void)console.call({{"type", "login-options"}, {"id", 6}});
    CHECK(text(login(console, offered, bench.authenticator.get(sha256(offered))), "type") == "done");
}

TEST_CASE("a sign-in approves no act, and an act's signature signs nobody in") {
    Bench bench;
    auto egress = bench.connect(Gate::Role::egress);
    auto console = bench.watching_console();
    const auto request = asked(egress);
    const auto offered = text(console.call({{"type", "login-options"}, {"id", 6}}), "login");
    CHECK(offered.contains("\"kind\":\"console.login\""));
    CHECK(text(console.call({{"type", "approve"},
                             {"id", 21},
                             {"request", request},
                             {"credential", bench.authenticator.get(sha256(offered))},
                             {"origin", kOrigin}}),
               "reason")
              .contains("challenge"));
    const auto record = text(console.state().at("requests").as_array()[0].as_object(), "canonical");
    CHECK(text(login(console, record, bench.authenticator.get(sha256(record))), "reason").contains("Begin it again"));
    CHECK(egress.hear().empty());
    // No act can have that kind.
    auto facts = push_facts();
    facts["kind"] = "console.login";
    CHECK(text(egress.call({{"type", "ask"}, {"id", 9}, {"action", facts}, {"rule", "app-push"}}), "type") ==
          "refused");
}
