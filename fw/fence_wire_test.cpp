#include "fw/fence_wire.hpp"

#include <sys/socket.h>

#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <cstring>

#include "fw/ruleset.hpp"

using namespace anchorhold;
using namespace anchorhold::fw;

namespace {

Bytes packet(const OpenRequest& request) {
    Bytes bytes(sizeof request);
    std::memcpy(bytes.data(), &request, sizeof request);
    return bytes;
}

}  // namespace

TEST_CASE("a request is taken whole and within its bounds only") {
    const OpenRequest good{.family = AF_INET, .port = 443, .seconds = 60, .address = {203, 0, 113, 80}};
    const auto read = read_open_request(packet(good));
    REQUIRE(read);
    CHECK(read->port == 443);
    CHECK(read->address[3] == 80);

    auto bad = good;
    bad.family = AF_UNIX;
    CHECK(read_open_request(packet(bad)).error().object == "family");
    bad = good;
    bad.address[15] = 1;
    CHECK(read_open_request(packet(bad)).error().object == "address");
    bad = good;
    bad.port = 0;
    CHECK(read_open_request(packet(bad)).error().object == "port");
    bad = good;
    bad.seconds = kMaxOpening + 1;
    CHECK(read_open_request(packet(bad)).error().object == "seconds");
    auto bytes = packet(good);
    bytes.pop_back();
    CHECK(read_open_request(bytes).error().number == EBADMSG);
    CHECK_FALSE(read_open_request({}));
}

TEST_CASE("addresses are read as inet_pton reads them") {
    CHECK(parse_address("203.0.113.1")->family == AF_INET);
    CHECK(parse_address("2001:db8::1")->family == AF_INET6);
    for (const char* bad : {"", "203.0.113", "203.0.113.1/24", "fe80::1%eth0", "example.com"})
        CHECK_FALSE(parse_address(bad));
}
