#include "init/links/uplink_file.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace anchorhold;
using namespace anchorhold::init;

TEST_CASE("addresses, gateways and resolvers of both families are read") {
    const auto uplink = parse_uplink(
        "# the closed internet\n[Match]\nName=eth0\n\n[Network]\r\n"
        " Address = 203.0.113.7/24\nAddress=2001:DB8:0::7/64\nGateway=203.0.113.1\nGateway=2001:db8::1\n"
        "DNS=203.0.113.53\n;DNS=198.51.100.1\nDNS=2001:db8::53");
    REQUIRE(uplink);
    REQUIRE(uplink->addresses.size() == 2);
    CHECK(uplink->addresses[0].text() == "203.0.113.7/24");
    CHECK(uplink->addresses[1].text() == "2001:db8::7/64");
    CHECK(uplink->addresses[1].v6);
    CHECK(uplink->gateways == std::vector<std::string>{"203.0.113.1", "2001:db8::1"});
    CHECK(uplink->dns == std::vector<std::string>{"203.0.113.53", "2001:db8::53"});
}

TEST_CASE("an address without a length stands for itself alone") {
    const auto uplink = parse_uplink("[Network]\nAddress=203.0.113.7\nAddress=2001:db8::7\n");
    REQUIRE(uplink);
    CHECK(uplink->addresses[0].length == 32);
    CHECK(uplink->addresses[1].length == 128);
}

TEST_CASE("what is not understood is an error with its line") {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"", "line 0"},
        {"[Network]\n", "line 1"},
        {"Address=203.0.113.7/24\n", "line 1"},
        {"[Network]\nAddress=203.0.113.7/33\n", "line 2"},
        {"[Network]\nAddress=203.0.113.7/\n", "line 2"},
        {"[Network]\nAddress=203.0.113.7/+4\n", "line 2"},
        {"[Network]\nAddress=2001:db8::7/129\n", "line 2"},
        {"[Network]\nAddress=0x7f.1/8\n", "line 2"},
        {"[Network]\nAddress=203.0.113.7/24\nDHCP=yes\n", "line 3"},
        {"[Network]\nAddress=203.0.113.7/24\nDNS=dns.example\n", "line 3"},
        {"[Network]\nAddress=203.0.113.7/24\nDNS=203.0.113.53#dot\n", "line 3"},
        {"[Network]\nAddress=203.0.113.7/24\nGateway=\n", "line 3"},
        {"[Route]\nGateway=203.0.113.1\n", "line 1"},
        {"[Network]\nnonsense\n", "line 2"},
    };
    for (const auto& [text, line] : cases) {
        INFO(text);
        const auto uplink = parse_uplink(text);
        REQUIRE_FALSE(uplink);
        CHECK(uplink.error().object == line);
        CHECK_FALSE(uplink.error().detail.empty());
    }
    CHECK(parse_uplink(std::string(70'000, ' ')).error().number == EFBIG);
}

TEST_CASE("no more of a kind than a machine can use") {
    std::string text = "[Network]\nAddress=203.0.113.7/24\n";
    for (int i = 0; i < 17; ++i)
        text += "DNS=203.0.113.53\n";
    CHECK(parse_uplink(text).error().object == "line 19");
}
