#include "shield/egress/names/names.hpp"

#include <catch2/catch_test_macros.hpp>
#include <set>

#include "shield/egress/names/dns_answer.hpp"

using namespace anchorhold;
using namespace anchorhold::egress;
namespace ip = boost::asio::ip;

namespace {

profile::Profile listing(const std::vector<std::string>& hosts) {
    std::string text = "name = \"t\"\nversion = 1\nexpires = 2099-01-01T00:00:00Z\n";
    for (const auto& host : hosts)
        text += "[[host]]\nname = \"" + host + "\"\n";
    auto parsed = profile::parse(text);
    REQUIRE(parsed);
    return std::move(*parsed);
}

DnsQuery asking(std::string name, DnsType type) {
    DnsQuery query;
    query.name = std::move(name);
    query.type = static_cast<std::uint16_t>(type);
    return query;
}

}  // namespace

TEST_CASE("a listed name has one address a family, which stands for it, also in another run") {
    Names names;
    Names again;
    names.learn(listing({"a.test", "b.test"}));
    again.learn(listing({"b.test", "a.test"}));
    const auto addresses = names.addresses_of("a.test");
    REQUIRE(addresses);
    CHECK(names.name_at(addresses->v4) == "a.test");
    CHECK(names.name_at(addresses->v6) == "a.test");
    CHECK(again.addresses_of("a.test")->v4 == addresses->v4);
    CHECK_FALSE(names.addresses_of("c.test"));
}

TEST_CASE("addresses stay within the ranges of docs/design.md and are never shared") {
    std::vector<std::string> hosts;
    hosts.reserve(3000);
    for (int i = 0; i < 3000; ++i)
        hosts.push_back("h" + std::to_string(i) + ".test");
    Names names;
    names.learn(listing(hosts));
    std::set<ip::address> seen;
    for (const auto& host : hosts) {
        const auto addresses = names.addresses_of(host);
        REQUIRE(addresses);
        CHECK(addresses->v4 >= ip::make_address_v4("198.18.1.0"));
        CHECK(addresses->v4 <= ip::make_address_v4("198.19.255.255"));
        CHECK(addresses->v6 >= ip::make_address_v6("fd61:6e63:686f:1::1:0"));
        CHECK(addresses->v6 <= ip::make_address_v6("fd61:6e63:686f:1::1:ffff"));
        CHECK(seen.insert(addresses->v4).second);
        CHECK(seen.insert(addresses->v6).second);
    }
}

TEST_CASE("addresses that were not given out stand for nothing") {
    Names names;
    names.learn(listing({"a.test"}));
    for (const char* text :
         {"198.18.0.1", "198.18.0.5", "203.0.113.1", "::1", "fd61:6e63:686f:1::5", "::ffff:198.18.1.1"})
        CHECK(names.name_at(ip::make_address(text)).empty());
    CHECK(Names::is_refusal(ip::make_address("198.18.0.5")));
    CHECK(Names::is_refusal(ip::make_address("fd61:6e63:686f:1::5")));
}

TEST_CASE("the resolver's answers: synthetic for the listed, refusal for others, nothing else") {
    Policy policy;
    policy.profile = std::make_shared<const profile::Profile>(listing({"a.test"}));
    policy.title = "profile t version 1";
    Names names;
    names.learn(*policy.profile);

    const auto listed = answer_question(asking("a.test", DnsType::a), names, policy);
    CHECK(listed.refused.empty());
    CHECK(listed.reply.a == std::vector{names.addresses_of("a.test")->v4.to_bytes()});
    const auto https = answer_question(asking("a.test", DnsType::https), names, policy);
    CHECK((https.reply.rcode == DnsRcode::ok && https.reply.soa && https.refused.empty()));

    const auto other = answer_question(asking("b.test", DnsType::aaaa), names, policy);
    CHECK(other.reply.aaaa == std::vector{Names::refusal6().to_bytes()});
    CHECK(other.refused == "profile t version 1 does not list b.test");
    CHECK(answer_question(asking("b.test", DnsType::ns), names, policy).reply.rcode == DnsRcode::nxdomain);

    Policy none;
    none.why_none = "nobody signed one";
    CHECK(answer_question(asking("a.test", DnsType::a), names, none).refused == "nobody signed one");
    CHECK(answer_question(asking("a.test", DnsType::a), names, none).reply.a ==
          std::vector{Names::refusal4().to_bytes()});
}
