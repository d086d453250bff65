#include "shield/gate/requests.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace anchorhold;
using namespace anchorhold::gate;

namespace {

const json::object kFacts{{"kind", "http.request"}, {"url", "https://x.test/"}};

Request request(const std::string& id, ConnectionId owner = 1, std::int64_t ask = 1, std::int64_t expires = 100) {
    Request made;
    made.id = id;
    made.owner = owner;
    made.ask = ask;
    made.binding.requested = 1;
    made.binding.expires = expires;
    made.binding.nonce = id;
    made.record = *action::make_record(kFacts, made.binding);
    made.shown_bytes = 1000;
    return made;
}

}  // namespace

TEST_CASE("a request is approved, then consumed, once each") {
    Requests requests;
    REQUIRE(requests.add(request("A")));
    CHECK(requests.consume("A", 1, kFacts, 2).error().reason.contains("pending"));
    const auto approved = requests.approve("A", 2, "Phone");
    REQUIRE(approved);
    CHECK((*approved)->state == State::approved);
    CHECK(requests.approve("A", 2, "Phone").error().reason.contains("approved"));
    CHECK_FALSE(requests.deny("A", 2, "Phone", "late"));

    const auto consumed = requests.consume("A", 1, kFacts, 3);
    REQUIRE(consumed);
    CHECK(consumed->state == State::consumed);
    CHECK(consumed->by == "Phone");
    CHECK(requests.find("A") == nullptr);
    CHECK_FALSE(requests.consume("A", 1, kFacts, 3));
    CHECK_FALSE(requests.approve("A", 3, "Phone"));
}

TEST_CASE("an approval is for the very act: other facts end it") {
    Requests requests;
    REQUIRE(requests.add(request("A")));
    REQUIRE(requests.approve("A", 2, "Phone"));
    json::object other = kFacts;
    other["url"] = "https://x.test/other";
    const auto refused = requests.consume("A", 1, other, 3);
    REQUIRE_FALSE(refused);
    REQUIRE(refused.error().ended.size() == 1);
    CHECK(refused.error().ended[0].state == State::refused);
    CHECK_FALSE(requests.consume("A", 1, kFacts, 3));
}

TEST_CASE("an approval is for the connection that asked") {
    Requests requests;
    REQUIRE(requests.add(request("A", 1)));
    REQUIRE(requests.approve("A", 2, "Phone"));
    CHECK_FALSE(requests.consume("A", 2, kFacts, 3));
    CHECK(requests.consume("A", 1, kFacts, 3));
}

TEST_CASE("time ends a request in every state, to the second") {
    Requests requests;
    REQUIRE(requests.add(request("A", 1, 1, 100)));
    REQUIRE(requests.add(request("B", 1, 2, 100)));
    REQUIRE(requests.add(request("C", 1, 3, 200)));
    CHECK(requests.next_expiry() == 100);
    REQUIRE(requests.approve("B", 99, "Phone"));
    CHECK(requests.expire(99).empty());

    const auto late = requests.approve("A", 100, "Phone");
    REQUIRE_FALSE(late);
    REQUIRE(late.error().ended.size() == 1);
    CHECK(late.error().ended[0].state == State::expired);
    CHECK_FALSE(requests.consume("B", 1, kFacts, 100));
    CHECK(requests.live().size() == 1);
    CHECK(requests.expire(1000).size() == 1);
    CHECK_FALSE(requests.next_expiry());
}

TEST_CASE("a denied request stays denied") {
    Requests requests;
    REQUIRE(requests.add(request("A")));
    const auto denied = requests.deny("A", 2, "Phone", "not today");
    REQUIRE(denied);
    CHECK(denied->state == State::denied);
    CHECK(denied->reason == "not today");
    CHECK_FALSE(requests.approve("A", 2, "Phone"));
    CHECK_FALSE(requests.consume("A", 1, kFacts, 2));
}

TEST_CASE("limits: how many wait, how much the page can show") {
    Requests requests({.pending = 3, .shown_bytes = 3500});
    REQUIRE(requests.add(request("A", 1, 1)));
    CHECK_FALSE(requests.add(request("A", 2, 1)));
    CHECK_FALSE(requests.add(request("B", 1, 1)));
    REQUIRE(requests.add(request("B", 1, 2)));
    auto big = request("C", 2, 3);
    big.shown_bytes = 1501;
    CHECK_FALSE(requests.add(big));
    big.shown_bytes = 1500;
    REQUIRE(requests.add(big));
    CHECK_FALSE(requests.add(request("D", 3, 4)));
    CHECK(requests.refuse([](const Request& each) { return each.owner == 1; }, "gone").size() == 2);
    CHECK(requests.live().size() == 1);
}

TEST_CASE("ids are short and have no letters that are mistaken for others") {
    CHECK(request_id(0) == "0000-0000");
    CHECK(request_id(~std::uint64_t{0}) == "ZZZZ-ZZZZ");
    CHECK(request_id(0x123456789AULL).size() == 9);
    CHECK(request_id(1) != request_id(2));
}
