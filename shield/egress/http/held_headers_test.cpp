#include "shield/egress/http/held_headers.hpp"

#include <array>
#include <catch2/catch_test_macros.hpp>

using namespace anchorhold;
using namespace anchorhold::egress;

namespace {

Attempt<json::array> headers_of(const std::string& fields, const Rewrite& rewrite = {}) {
    RequestReader reader;
    const std::string text = "POST /v1 HTTP/1.1\r\nHost: a.test\r\n" + fields + "\r\n";
    REQUIRE(reader.read(text) == ReadState::done);
    return held_headers(reader.head(), rewrite);
}

}  // namespace

TEST_CASE("all that goes up is signed") {
    const auto headers = headers_of(
        "X-Amz-Target: Describe\r\nUser-Agent: x\r\nAccept: */*\r\nConnection: X-Hop\r\n"
        "X-Hop: 1\r\nContent-Length: 2\r\nContent-Type: application/json\r\nX-A: 1\r\nX-A: 2\r\n");
    REQUIRE(headers);
    CHECK(
        canonical(json::value(*headers)).value() ==
        R"([{"name":"x-amz-target","value":"Describe"},{"name":"user-agent","value":"x"},{"name":"accept","value":"*/*"},)"
        R"({"name":"content-type","value":"application/json"},)"
        R"({"name":"x-a","value":"1"},{"name":"x-a","value":"2"}])");
}

TEST_CASE("the agent's own Authorization is signed where it goes up") {
    const std::string mine = "Authorization: Bearer mine\r\n";
    CHECK(canonical(json::value(headers_of(mine).value())).value() ==
          R"([{"name":"authorization","value":"Bearer mine"}])");
    constexpr std::array dropped{FieldId::authorization};
    CHECK(headers_of(mine, {.drop = dropped})->empty());
}

TEST_CASE("what cannot be shown is not asked about") {
    CHECK(headers_of("X-A: gr\xc3\xbc\xc3\x9f\r\n").error().detail.contains("X-A"));
    CHECK(headers_of("X-A: " + std::string(9000, 'x') + "\r\n").error().detail.contains("8 KiB"));
}
