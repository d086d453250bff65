#include "shield/gate/outcome.hpp"

#include <catch2/catch_test_macros.hpp>

#include "shield/gate/testing.hpp"

using namespace anchorhold;
using namespace anchorhold::gate;

namespace {

json::object outcome(json::value taken, std::string_view text = "", json::array refused = {}) {
    return {{"status", 200}, {"taken", std::move(taken)}, {"refused", std::move(refused)}, {"text", text}};
}

json::array refused(std::size_t count, std::string_view reason = "cannot lock ref") {
    json::array list;
    for (std::size_t i = 0; i < count; ++i)
        list.push_back(json::object{{"ref", "refs/heads/main"}, {"reason", reason}});
    return list;
}

// By its request.
std::string approved_push(Bench& bench, FakePeer& egress, FakePeer& console) {
    const auto pending = egress.call({{"type", "ask"}, {"id", 1}, {"action", push_facts()}, {"rule", "app-push"}});
    std::string request(text_member(pending, "request").value());
    const auto options = console.call({{"type", "approve-options"}, {"id", 20}, {"request", request}});
    const auto challenge = from_base64url(text_member(options, "challenge").value());
    (void)console.call({{"type", "approve"},
                        {"id", 21},
                        {"request", request},
                        {"credential", bench.authenticator.get(*challenge)},
                        {"origin", "http://anchor.shield.localhost:8711"}});
    (void)egress.hear();
    return request;
}

void tell(FakePeer& egress, const std::string& request, const json::object& what) {
    egress.say({{"type", "outcome"}, {"id", 3}, {"request", request}, {"outcome", what}});
    (void)egress.hear();
}

}  // namespace

TEST_CASE("an outcome is short text about an answer") {
    CHECK(sentence(*read_outcome(outcome(true))) == "upstream took it (200)");
    CHECK(sentence(*read_outcome(outcome(false, "", refused(1)))) ==
          "upstream did not take it (200): refs/heads/main: cannot lock ref");
    CHECK(sentence(*read_outcome(outcome(nullptr, "it closed the connection"))) ==
          "what became of it upstream is not known (200): it closed the connection");
    CHECK(sentence(*read_outcome(outcome(false, "", refused(20)))).size() <= 400);
    CHECK_FALSE(read_outcome(outcome("yes")));
    CHECK_FALSE(read_outcome(outcome(true, "a\nb")));
    CHECK_FALSE(read_outcome(outcome(true, std::string(301, 'x'))));
    CHECK_FALSE(read_outcome(outcome(false, "", refused(21))));
    CHECK_FALSE(read_outcome(outcome(false, "", refused(1, "\x1b[2K"))));
    auto unusual = outcome(false);
    for (const auto& [status, readable] : {std::pair{0, true}, {999, true}, {1000, false}, {-1, false}}) {
        INFO(status);
        unusual["status"] = status;
        CHECK(read_outcome(unusual).has_value() == readable);
    }
    auto more = outcome(true);
    more["by"] = "me";
    CHECK_FALSE(read_outcome(more));
}

TEST_CASE("what became of an approved act is shown and recorded once, by whoever spent it") {
    Bench bench;
    auto egress = bench.connect(Gate::Role::egress);
    auto other = bench.connect(Gate::Role::egress);
    auto console = bench.watching_console();
    const std::string request = approved_push(bench, egress, console);
    const auto told = [&](FakePeer& peer, const json::object& what) { tell(peer, request, what); };
    const auto shown = [&] { return console.state().at("recent").as_array()[0].as_object(); };
    told(egress, outcome(true));
    CHECK_FALSE(shown().contains("outcome"));  // nothing was sent yet
    REQUIRE(text_member(egress.call({{"type", "consume"}, {"id", 2}, {"request", request}, {"action", push_facts()}}),
                        "type") == "lease");
    told(other, outcome(true));
    CHECK_FALSE(shown().contains("outcome"));
    told(egress, outcome(false, "", refused(1)));
    CHECK(shown().at("outcome").at("taken") == false);
    const auto acts = bench.auditor.of_class(6003);
    CHECK(json::serialize(acts.back()).contains("cannot lock ref"));
    told(egress, outcome(true));
    CHECK(shown().at("outcome").at("taken") == false);
    CHECK(bench.auditor.of_class(6003).size() == acts.size());
}

TEST_CASE("of an outcome that is long the page is not shown the refs, so that its state stays one packet") {
    for (const auto& [length, shown] : {std::pair<std::size_t, std::size_t>{20, 1}, {4096, 0}}) {
        Bench bench;
        auto egress = bench.connect(Gate::Role::egress);
        auto console = bench.watching_console();
        const std::string request = approved_push(bench, egress, console);
        (void)egress.call({{"type", "consume"}, {"id", 2}, {"request", request}, {"action", push_facts()}});
        const json::object ref{{"ref", std::string(length, 'r')}, {"reason", "no"}};
        tell(egress, request, outcome(false, "cannot write", {json::value(ref)}));
        const auto recent = console.state().at("recent").as_array();
        REQUIRE(recent.size() == 1);
        CHECK(recent[0].at("outcome").at("refused").as_array().size() == shown);
        CHECK(recent[0].at("outcome").at("text") == "cannot write");
    }
}

TEST_CASE("an outcome that cannot be read is not known, and egress stays") {
    Bench bench;
    auto egress = bench.connect(Gate::Role::egress);
    auto console = bench.watching_console();
    const std::string request = approved_push(bench, egress, console);
    (void)egress.call({{"type", "consume"}, {"id", 2}, {"request", request}, {"action", push_facts()}});
    tell(egress, request, {{"status", "200"}});
    CHECK_FALSE(egress.ended());
    CHECK(console.state().at("recent").as_array()[0].at("outcome").at("taken").is_null());
    CHECK(json::serialize(bench.auditor.of_class(6003).back()).contains("what egress said of it cannot be read"));
}
