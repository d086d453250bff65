#include "shield/egress/upstream/upstream_address.hpp"

#include <catch2/catch_test_macros.hpp>

#include "base/addresses.hpp"

using namespace anchorhold;
using namespace anchorhold::egress;
namespace ip = boost::asio::ip;

TEST_CASE("public addresses are public") {
    for (const char* text : {"1.1.1.1", "140.82.121.3", "172.15.255.255", "172.32.0.1", "192.0.1.1", "198.17.255.255",
                             "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "64:ff9b::101:101"})
        CHECK(not_public(ip::make_address(text)).empty());
}

TEST_CASE("what is no public address is refused, however it is written") {
    for (const char* text :
         {"0.0.0.0",       "10.1.2.3",         "100.64.0.1",     "127.0.0.1",       "169.254.169.254",
          "172.16.0.1",    "172.31.255.255",   "192.168.0.1",    "192.0.2.1",       "198.18.0.5",
          "198.51.100.1",  "203.0.113.9",      "224.0.0.1",      "255.255.255.255", "::",
          "::1",           "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::7f00:1",        "64:ff9b::7f00:1",
          "64:ff9b:1::1",  "2002:7f00:1::",    "2001:db8::1",    "2001::1",         "fc00::1",
          "fd00:ec2::254", "fe80::1",          "fec0::1",        "ff02::1",         "::ffff:0:10.0.0.1",
          "4000::1",       "0:0:1::1",         "1fff::1",        "64:ff9b:0:1::1",  "e000::1"})
        CHECK_FALSE(not_public(ip::make_address(text)).empty());
}

TEST_CASE("some are refused even where the profile allows private ones") {
    for (const char* text : {"0.0.0.0", "198.18.0.1", "198.19.1.1", "224.0.0.1", "255.255.255.255", "::", "ff02::1",
                             "::ffff:10.0.0.1", "fd61:6e63:686f::1"})
        CHECK(never_upstream(ip::make_address(text)));
    for (const auto& ours : {kShieldEnd, kCellEnd, kRefusal, kFirstName, kLastName}) {
        CHECK(never_upstream(ip::make_address(ours.v4)));
        CHECK(never_upstream(ip::make_address(ours.v6)));
    }
    for (const char* text : {"10.0.0.1", "127.0.0.1", "198.51.100.20", "2001:db8::1", "fd00::1"})
        CHECK_FALSE(never_upstream(ip::make_address(text)));
}
