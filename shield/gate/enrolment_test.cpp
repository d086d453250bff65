// A passkey is registered with the host's code, once; and the state disk remembers.
#include "shield/gate/enrolment.hpp"

#include <catch2/catch_test_macros.hpp>

#include "shield/gate/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::gate;

namespace {

std::string text(const json::object& message, std::string_view name) {
    return std::string(text_member(message, name).value_or("(none)"));
}
json::object options(FakePeer& console, std::string_view code = kCode) {
    return console.call({{"type", "register-options"}, {"id", 1}, {"code", code}});
}
json::object enrol(FakePeer& console, const passkey::SoftAuthenticator& authenticator, const json::object& asked,
                   std::string_view name = "Phone", std::string_view code = kCode) {
    const auto challenge = from_base64url(text(asked, "challenge"));
    return console.call({{"type", "register"},
                         {"id", 2},
                         {"code", code},
                         {"name", name},
                         {"credential", authenticator.create(challenge.value_or(Bytes(32, 1)))}});
}
const Bench::Options kNobody{.profile = {}, .passkey = false};

}  // namespace

TEST_CASE("the code registers one passkey, which is there after a restart; the code is not") {
    Bench bench(kNobody);
    auto console = bench.watching_console();
    CHECK(console.state().at("passkeys") == 0);
    CHECK(bench.gate->readiness().state == "no-passkey");
    const auto asked = options(console);
    REQUIRE(text(asked, "type") == "register-options");
    CHECK(text(asked, "rpId") == "shield.localhost");
    CHECK(asked.at("exclude").as_array().empty());
    CHECK(from_base64url(text(asked.at("user").as_object(), "id"))->size() == 32);
    CHECK(text(enrol(console, bench.authenticator, asked), "type") == "done");
    CHECK(console.state().at("passkeys") == 1);
    CHECK(bench.gate->readiness().state == "ready");
    CHECK(bench.auditor.of_class(3004).size() == 1);

    passkey::SoftAuthenticator second;
    second.id = Bytes(32, 2);
    CHECK(text(options(console), "reason").contains("used already"));
    CHECK(text(enrol(console, second, asked, "Second"), "reason").contains("used already"));

    bench.restart();
    auto later = bench.watching_console();
    CHECK(later.state().at("passkeys") == 1);
    CHECK(text(options(later), "reason").contains("used already"));

    bench.write("credentials/anchorhold.enrol", "b7e151628aed2a6abf7158809cf4f3c7\n");
    bench.restart();
    auto third = bench.watching_console();
    const auto again = options(third, "b7e151628aed2a6abf7158809cf4f3c7");
    CHECK(again.at("exclude").as_array().size() == 1);
    CHECK(text(enrol(third, bench.authenticator, again, "Copy", "b7e151628aed2a6abf7158809cf4f3c7"), "reason")
              .contains("registered already"));
    CHECK(text(enrol(third, second, options(third, "b7e151628aed2a6abf7158809cf4f3c7"), "Phone",
                     "b7e151628aed2a6abf7158809cf4f3c7"),
               "reason")
              .contains("name"));
    CHECK(text(enrol(third, second, options(third, "b7e151628aed2a6abf7158809cf4f3c7"), "Second",
                     "b7e151628aed2a6abf7158809cf4f3c7"),
               "type") == "done");
    CHECK(third.state().at("passkeys") == 2);
}

TEST_CASE("wrong codes shut nobody out: they are slowed, each peer for itself, and a right one never is") {
    Bench bench(kNobody);
    auto stranger = bench.watching_console();
    for (int i = 0; i < 5; ++i)
        CHECK(options(stranger, "guess").at("wait") == 0);
    for (int i = 0; i < 200; ++i)
        CHECK(options(stranger, "guess").at("wait") == 2);
    CHECK(text(options(stranger, "guess"), "reason") == "Wrong code.");
    stranger.peer = "192.0.2.2";
    CHECK(options(stranger, "guess").at("wait") == 0);
    stranger.peer = "192.0.2.1";
    bench.now += 10;
    CHECK(options(stranger, "guess").at("wait") == 0);
    CHECK(options(stranger, "guess").at("wait") == 2);
    CHECK(text(options(stranger), "type") == "register-options");
}

TEST_CASE("a code that could be guessed is not taken, and it is said why") {
    CHECK(bits_of_code("0123456789abcdef01234567") == 96);
    CHECK(bits_of_code("0123456789abcdef0123456789") == 104);
    CHECK(bits_of_code("01234567-89ABCDEF-01234567-89") == 104);
    CHECK(bits_of_code("12345678901234567890123456789012") == 106);
    CHECK(bits_of_code("abababababababababababababababab") == 0);
    CHECK(bits_of_code("one-time-code") < Enrolment::kLeastBits);
    CHECK(bits_of_code(kCode) >= Enrolment::kLeastBits);
    CHECK(bits_of_code("") == 0);
    Bench bench(kNobody);
    bench.write("credentials/anchorhold.enrol", "9f86d081884c7d65\n");
    bench.restart();
    auto console = bench.watching_console();
    CHECK(text(options(console, "9f86d081884c7d65"), "reason").contains("too easy to guess"));
}

TEST_CASE("a registration answers a challenge that was given out here, once, in time") {
    Bench bench(kNobody);
    auto console = bench.watching_console();
    CHECK(text(enrol(console, bench.authenticator, {}), "reason").contains("Begin it again"));
    auto bad = bench.authenticator.create(Bytes(32, 1));
    const auto asked = options(console);
    passkey::SoftAuthenticator elsewhere;
    elsewhere.origin = "http://evil.test";
    CHECK(text(enrol(console, elsewhere, asked), "reason").contains("origin"));
    CHECK(text(enrol(console, bench.authenticator, asked), "reason").contains("Begin it again"));
    const auto late = options(console);
    bench.pass(300);
    CHECK(text(enrol(console, bench.authenticator, late), "reason").contains("Begin it again"));
    CHECK(text(enrol(console, bench.authenticator, options(console), ""), "reason").contains("name"));
    CHECK(console.state().at("passkeys") == 0);
}

TEST_CASE("without a code from the host, or with a damaged state file, nobody registers") {
    Bench bench(kNobody);
    std::filesystem::remove(bench.path("credentials/anchorhold.enrol"));
    bench.restart();
    auto console = bench.watching_console();
    CHECK(text(options(console, ""), "reason").contains("no enrolment code"));
    bench.write("credentials/anchorhold.enrol", kCode);
    bench.write("state/enrolment.json", "{");
    bench.restart();
    auto again = bench.watching_console();
    CHECK(text(options(again), "reason").contains("malformed"));
}

TEST_CASE("a registration that the log cannot take does not happen") {
    Bench bench(kNobody);
    auto console = bench.watching_console();
    const auto asked = options(console);
    bench.auditor.mood = FakeAuditor::Mood::fails;
    CHECK(text(enrol(console, bench.authenticator, asked), "type") == "refused");
    CHECK(console.state().at("passkeys") == 0);
    CHECK_FALSE(std::filesystem::exists(bench.path("state/passkeys.json")));
}

TEST_CASE("two registrations at once with one code give one passkey") {
    Bench bench(kNobody);
    auto console = bench.watching_console();
    passkey::SoftAuthenticator other;
    other.id = Bytes(32, 9);
    const auto first = options(console);
    const auto second = options(console);
    bench.auditor.mood = FakeAuditor::Mood::keeps_silent;
    CHECK(enrol(console, bench.authenticator, first).empty());
    CHECK(enrol(console, other, second, "Tablet").empty());
    bench.auditor.catch_up();
    CHECK(text(console.hear(), "type") == "done");
    const auto refused = console.hear();
    CHECK(text(refused, "type") == "refused");
    CHECK(text(refused, "reason").contains("used already"));
    CHECK(console.state().at("passkeys") == 1);
}

TEST_CASE("whoever has no code is recorded with a name that fits, and told by number") {
    Bench bench(kNobody);
    auto console = bench.watching_console();
    const auto strange = [&](std::string_view name) {
        return console.call(
            {{"type", "register"}, {"id", 2}, {"code", "wrong"}, {"name", name}, {"credential", json::object()}});
    };
    CHECK(text(strange(std::string(60'000, 'n')), "reason").contains("1 to 100 bytes"));
    CHECK(text(bench.auditor.of_class(3004).at(0).at("entity").as_object(), "name") == std::string(100, 'n'));
    for (int i = 1; i < 300; ++i)
        (void)strange("Phone");
    CHECK(bench.auditor.of_class(3004).size() == 256);
    CHECK(text(options(console, "wrong"), "type") == "refused");
    CHECK(bench.auditor.of_class(6003).empty());
    bench.now += 1;
    (void)strange("Phone");
    REQUIRE(bench.auditor.of_class(3004).size() == 257);
    CHECK(text(bench.auditor.of_class(3004).back(), "message").ends_with(" (46 refusals)"));
}
