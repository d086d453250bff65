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
    const auto asked = options(console);
    REQUIRE(text(asked, "type") == "register-options");
    CHECK(text(asked, "rpId") == "shield.localhost");
    CHECK(asked.at("exclude").as_array().empty());
    CHECK(from_base64url(text(asked.at("user").as_object(), "id"))->size() == 32);
    CHECK(text(enrol(console, bench.authenticator, asked), "type") == "done");
    CHECK(console.state().at("passkeys") == 1);
    CHECK(bench.auditor.of_class(3004).size() == 1);

    passkey::SoftAuthenticator second;
    second.id = Bytes(32, 2);
    CHECK(text(options(console), "reason").contains("used already"));
    CHECK(text(enrol(console, second, asked, "Second"), "reason").contains("used already"));

    bench.restart("boot-2");
    auto later = bench.watching_console();
    CHECK(later.state().at("passkeys") == 1);
    CHECK(text(options(later), "reason").contains("used already"));

    bench.write("credentials/anchorhold.enrol", "another-code\n");
    bench.restart("boot-3");
    auto third = bench.watching_console();
    const auto again = options(third, "another-code");
    CHECK(again.at("exclude").as_array().size() == 1);
    CHECK(text(enrol(third, bench.authenticator, again, "Copy", "another-code"), "reason")
              .contains("registered already"));
    CHECK(
        text(enrol(third, second, options(third, "another-code"), "Phone", "another-code"), "reason").contains("name"));
    CHECK(text(enrol(third, second, options(third, "another-code"), "Second", "another-code"), "type") == "done");
    CHECK(third.state().at("passkeys") == 2);
}

TEST_CASE("five wrong codes kill the code until the next boot, a restart of gate included") {
    Bench bench(kNobody);
    auto console = bench.watching_console();
    for (int left = 4; left >= 1; --left)
        CHECK(text(options(console, "guess"), "reason").contains(std::to_string(left)));
    CHECK(text(options(console, "guess"), "reason").contains("last try"));
    CHECK(text(options(console), "reason").contains("Too many"));
    bench.restart("boot-1");
    auto same_boot = bench.watching_console();
    CHECK(text(options(same_boot), "reason").contains("Too many"));
    bench.restart("boot-2");
    auto next_boot = bench.watching_console();
    CHECK(text(options(next_boot), "type") == "register-options");
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
