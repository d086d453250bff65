#include "shield/console/client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <catch2/catch_test_macros.hpp>

using namespace anchorhold::console;

namespace {

std::string client(const char* text) {
    sockaddr_storage peer{};
    auto& v4 = reinterpret_cast<sockaddr_in&>(peer);
    auto& v6 = reinterpret_cast<sockaddr_in6&>(peer);
    peer.ss_family = inet_pton(AF_INET, text, &v4.sin_addr) == 1 ? AF_INET : AF_INET6;
    if (peer.ss_family == AF_INET6)
        REQUIRE(inet_pton(AF_INET6, text, &v6.sin6_addr) == 1);
    return client_of(peer);
}

}  // namespace

TEST_CASE("a client is an IPv4 address, however it came, or 64 bits of an IPv6 address") {
    CHECK(client("203.0.113.1") == client("::ffff:203.0.113.1"));
    CHECK(client("203.0.113.1") != client("203.0.113.2"));
    CHECK(client("::ffff:203.0.113.1") != client("::ffff:203.0.113.2"));
    CHECK(client("2001:db8::1") == client("2001:db8::ffff:2"));
    CHECK(client("2001:db8::1") != client("2001:db8:0:1::1"));
}

TEST_CASE("a client's name is its address, or its network's") {
    CHECK(text_of_client({"\xc0\x00\x02\x07", 4}) == "192.0.2.7");
    CHECK(text_of_client({"\x20\x01\x0d\xb8\x00\x01\x00\x02", 8}) == "2001:db8:1:2::/64");
    CHECK(text_of_client("") == "unknown");
}
