#include "shield/console/routes.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace anchorhold;
using namespace anchorhold::console;

namespace {

constexpr std::string_view kHost = "Host: anchor.shield.localhost:8711\r\n";

// 200 or the status of the refusal.
int status_of(std::string_view start, std::string_view fields) {
    const auto origins = *parse_origins("http://anchor.shield.localhost:8711\nhttps://gate.example\n");
    egress::RequestReader reader;
    const auto text = std::string(start) + " HTTP/1.1\r\n" + std::string(fields) + "\r\n";
    if (reader.read(text) != egress::ReadState::done)
        return reader.refusal().status;
    const auto route = judge(reader.head(), origins);
    return route ? 200 : route.error().status;
}

int post(std::string_view fields) {
    return status_of("POST /api/deny", std::string(kHost) + std::string(fields));
}

}  // namespace

TEST_CASE("the page is served under its own names only") {
    CHECK(status_of("GET /", kHost) == 200);
    CHECK(status_of("GET /", "Host: gate.example\r\n") == 200);
    CHECK(status_of("GET /", "Host: evil.example:8711\r\n") == 421);
    CHECK(status_of("GET /", "Host: anchor.shield.localhost\r\n") == 421);
    CHECK(status_of("GET /", "Host: 127.0.0.1:8711\r\n") == 421);
    CHECK(status_of("GET /", "") == 400);
}

TEST_CASE("only what the table has, by its method") {
    CHECK(status_of("GET /app.js", kHost) == 200);
    CHECK(status_of("GET /../gate", kHost) == 404);
    CHECK(status_of("GET /%2e%2e/gate", kHost) == 404);
    CHECK(status_of("GET /?x=1", kHost) == 404);
    CHECK(status_of("HEAD /", kHost) == 405);
    CHECK(status_of("GET /api/deny", kHost) == 405);
    CHECK(status_of("GET /", std::string(kHost) + "Content-Length: 1\r\n") == 400);
}

TEST_CASE("a call comes from the page itself") {
    const std::string json = "Content-Type: application/json\r\nContent-Length: 2\r\n";
    const std::string origin = "Origin: http://anchor.shield.localhost:8711\r\n";
    CHECK(post(origin + json) == 200);
    CHECK(post(json) == 403);
    CHECK(post("Origin: null\r\n" + json) == 403);
    CHECK(post("Origin: http://evil.example\r\n" + json) == 403);
    CHECK(post("Origin: http://localhost:8711\r\n" + json) == 403);
    // Ours too, but not the one that this Host belongs to.
    CHECK(post("Origin: https://gate.example\r\n" + json) == 403);
    CHECK(post(origin + origin + json) == 403);
    CHECK(post(origin + json + "Sec-Fetch-Site: same-origin\r\n") == 200);
    CHECK(post(origin + json + "Sec-Fetch-Site: cross-site\r\n") == 403);
    CHECK(status_of("GET /events", std::string(kHost) + "Sec-Fetch-Site: same-site\r\n") == 403);
}

TEST_CASE("a call is JSON of a known and bearable length") {
    const std::string origin = "Origin: http://anchor.shield.localhost:8711\r\n";
    CHECK(post(origin + "Content-Type: text/plain\r\nContent-Length: 2\r\n") == 415);
    CHECK(post(origin + "Content-Length: 2\r\n") == 415);
    CHECK(post(origin + "Content-Type: application/json\r\n") == 411);
    CHECK(post(origin + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n") == 411);
    CHECK(post(origin + "Content-Type: application/json\r\nContent-Length: 65536\r\n") == 200);
    CHECK(post(origin + "Content-Type: application/json\r\nContent-Length: 65537\r\n") == 413);
    CHECK(post(origin + "Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n") == 417);
}

TEST_CASE("a stranger is told where the page is") {
    const auto origins = *parse_origins("");
    egress::RequestReader reader;
    REQUIRE(reader.read("GET / HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n") == egress::ReadState::done);
    const auto route = judge(reader.head(), origins);
    REQUIRE_FALSE(route);
    CHECK(route.error().sentence ==
          "This page is not served under that name. Open http://anchor.shield.localhost:8711/ instead.");
}
