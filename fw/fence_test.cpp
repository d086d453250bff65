#include "fw/fence.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cerrno>

#include "fw/test_world.hpp"

using namespace anchorhold;
using namespace anchorhold::fw;
using namespace anchorhold::fw::test;

namespace {

// linux/netfilter_ipv4.h clashes with netinet/in.h.
constexpr int kOriginalDestination = 80;  // SO_ORIGINAL_DST
constexpr uid_t kEgressUid = 802;
constexpr uid_t kAgent = 1000;
constexpr uid_t kOther = 803;

Site site(const World& world) {
    return {.uplink = "uplink0",
            .resolvers = {*parse_address("203.0.113.53"), *parse_address("2001:db8::53")},
            .egress = world.cgroup.known()};
}

OpenRequest opening(const std::string& text, std::uint16_t port, std::uint32_t seconds = 600) {
    const auto address = parse_address(text);
    REQUIRE(address);
    return {.family = static_cast<std::uint16_t>(address->family),
            .port = port,
            .seconds = seconds,
            .address = address->bytes};
}

Fence fence_in(const Namespace& where) {
    where.enter();
    auto fence = Fence::open();
    REQUIRE(fence);
    return std::move(*fence);
}

void commit(Fence& fence, const Ruleset& ruleset) {
    const auto done = fence.commit(ruleset);
    INFO((done ? "" : done.error().text()));
    REQUIRE(done);
}

std::size_t count(const std::string& text, const std::string& what) {
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
        ++found;
    return found;
}

// An error that came back, as a tool sees it; silence is none.
bool refused(int number) {
    return number == ECONNREFUSED || number == EHOSTUNREACH || number == EACCES || number == ECONNRESET ||
           number == EPERM;
}

}  // namespace

TEST_CASE("what nft lists is what was committed, first and again") {
    const World world;
    auto fence = fence_in(world.shield);
    CHECK(fence.count_rules() == 0);
    commit(fence, closed(site(world)));
    commit(fence, fw::open(site(world)));
    commit(fence, fw::open(site(world)));

    const auto listing = world.shield.run("nft list ruleset");
    INFO(listing);
    const auto rows = fw::open(site(world)).rows;
    CHECK(fence.count_rules() == rows.size());
    CHECK(count(listing, "table inet anchorhold") == 1);
    CHECK(count(listing, "policy drop;") == 3);
    CHECK(count(listing, "comment \"") == rows.size());
    for (const auto& row : rows)
        CHECK(listing.contains("comment \"" + std::string(row.why) + '"'));
    for (const std::string_view line :
         {"type nat hook prerouting priority dstnat; policy accept;",
          "type filter hook forward priority filter; policy drop;",
          "iifname \"cell0\" meta l4proto tcp ip daddr 198.18.1.0-198.19.255.255 redirect to :15001",
          "ip6 daddr fd61:6e63:686f:1::1:0-fd61:6e63:686f:1::1:ffff redirect to :15001",
          "iifname \"cell0\" ct status dnat accept", "reject with tcp reset", "reject with icmpx admin-prohibited",
          "meta skuid 802 socket cgroupv2 level 1 \"", "/fence-test-", "ip daddr . tcp dport @open4 accept",
          "tcp flags ! syn accept", "ip6 daddr . tcp dport @open6 accept", "type ipv4_addr . inet_service",
          "elements = { 203.0.113.53 }", "elements = { 2001:db8::53 }"}) {
        INFO(line);
        CHECK(listing.contains(line));
    }
}

TEST_CASE("a ruleset that the kernel refuses leaves the former one in force") {
    const World world;
    auto fence = fence_in(world.shield);
    commit(fence, closed(site(world)));
    const auto before = world.shield.run("nft -s list ruleset");

    auto broken = fw::open(site(world));
    broken.rows.front().chain = Chain::output;  // a redirect has no place there
    const auto done = fence.commit(broken);
    REQUIRE_FALSE(done);
    CHECK(done.error().number != 0);
    CHECK(done.error().object.contains("output"));
    auto nameless = fw::open(site(world));
    nameless.uplink.clear();
    CHECK_FALSE(fence.commit(nameless));
    CHECK(world.shield.run("nft -s list ruleset") == before);
    commit(fence, fw::open(site(world)));
}

TEST_CASE("without an uplink there is no row about one") {
    const World world;
    auto fence = fence_in(world.shield);
    commit(fence, fw::open({}));
    CHECK(std::ranges::none_of(fw::open({}).rows,
                               [](const Row& row) { return row.in == Place::uplink || row.out == Place::uplink; }));
    CHECK(refused(dial(world.shield, world.egress(), "203.0.113.80", 443).number));
}

TEST_CASE("the agent reaches egress by names' addresses, the resolver by any, and nothing else") {
    const World world;
    auto fence = fence_in(world.shield);
    commit(fence, fw::open(site(world)));
    const auto egress4 = serve(world.shield, SOCK_STREAM, "0.0.0.0", 15001);
    const auto egress6 = serve(world.shield, SOCK_STREAM, "fd61:6e63:686f::1", 15001);
    const auto console = serve(world.shield, SOCK_STREAM, "0.0.0.0", 8711);
    const auto dns4 = serve(world.shield, SOCK_DGRAM, "198.18.0.1", 53);
    const auto dns6 = serve(world.shield, SOCK_DGRAM, "fd61:6e63:686f::1", 53);
    const auto dns_tcp = serve(world.shield, SOCK_STREAM, "198.18.0.1", 53);
    const auto web = serve(world.outside, SOCK_STREAM, "::", 443);

    SECTION("captured, and egress sees what was dialled") {
        for (const auto* address : {"198.18.0.5", "198.18.1.0", "198.19.255.255"}) {
            INFO(address);
            CHECK(dial(world.cell, kAgent, address, 443).number == 0);
        }
        const auto connection = accepted(egress4);
        sockaddr_in original{};
        socklen_t size = sizeof original;
        REQUIRE(getsockopt(connection.get(), SOL_IP, kOriginalDestination, &original, &size) == 0);
        CHECK(ntohl(original.sin_addr.s_addr) == 0xC6120005);
        CHECK(ntohs(original.sin_port) == 443);
        for (const auto* address : {"fd61:6e63:686f:1::5", "fd61:6e63:686f:1::1:0", "fd61:6e63:686f:1::1:ffff"}) {
            INFO(address);
            CHECK(dial(world.cell, kAgent, address, 22).number == 0);
        }
        const auto flow = dial(world.cell, kAgent, "198.18.1.1", 80);
        REQUIRE(flow.number == 0);
    }
    SECTION("the resolver answers for every server's address") {
        CHECK(ask(world.cell, kAgent, "198.18.0.1", 53, dns4.get()) == 0);
        CHECK(ask(world.cell, kAgent, "192.0.2.9", 53, dns4.get()) == 0);
        CHECK(ask(world.cell, kAgent, "fd61:6e63:686f::1", 53, dns6.get()) == 0);
        CHECK(ask(world.cell, kAgent, "2001:db8::53", 53, dns6.get()) == 0);
        CHECK(dial(world.cell, kAgent, "203.0.113.53", 53).number == 0);
    }
    SECTION("all else is an error, never silence") {
        struct Target {
            const char* address;
            std::uint16_t port;
        };
        for (const auto& [address, port] :
             {Target{"203.0.113.80", 443}, Target{"198.18.0.1", 15001}, Target{"198.18.0.1", 8711},
              Target{"203.0.113.2", 8711}, Target{"198.18.0.4", 443}, Target{"198.18.0.255", 443},
              Target{"198.20.0.0", 443}, Target{"169.254.169.254", 80}, Target{"2001:db8::80", 443},
              Target{"fd61:6e63:686f::1", 15001}, Target{"fd61:6e63:686f:1::6", 443}}) {
            INFO(address << " " << port);
            CHECK(refused(dial(world.cell, kAgent, address, port).number));
        }
        CHECK(refused(ask(world.cell, kAgent, "203.0.113.80", 443)));
        CHECK(refused(ask(world.cell, kAgent, "198.18.1.0", 443)));
        CHECK(refused(ask(world.cell, kAgent, "2001:db8::80", 443)));
    }
    SECTION("and nothing of it, not even by root in the cell, arrives outside") {
        CHECK(refused(dial(world.cell, 0, "203.0.113.80", 443).number));
        CHECK(accept4(web.get(), nullptr, nullptr, SOCK_NONBLOCK) == -1);
    }
}

TEST_CASE("only egress gets out, and only where it was opened") {
    const World world;
    auto fence = fence_in(world.shield);
    commit(fence, fw::open(site(world)));
    const auto web = serve(world.outside, SOCK_STREAM, "::", 443);
    const auto other_port = serve(world.outside, SOCK_STREAM, "::", 80);
    const auto dns = serve(world.outside, SOCK_DGRAM, "203.0.113.53", 53);
    const auto dns6 = serve(world.outside, SOCK_DGRAM, "2001:db8::53", 53);

    for (const std::string prefix : {"203.0.113.", "2001:db8::"}) {
        INFO(prefix);
        CHECK(refused(dial(world.shield, world.egress(), prefix + "80", 443).number));
        REQUIRE(fence.allow(opening(prefix + "80", 443)));
        REQUIRE(fence.allow(opening(prefix + "80", 443)));
        CHECK(dial(world.shield, world.egress(), prefix + "80", 443).number == 0);
        CHECK(refused(dial(world.shield, world.egress(), prefix + "80", 80).number));
        CHECK(refused(dial(world.shield, world.egress(), prefix + "1", 443).number));
        for (const uid_t uid : {uid_t{0}, kOther, kAgent})
            CHECK(refused(dial(world.shield, uid, prefix + "80", 443).number));
        CHECK(refused(ask(world.shield, kOther, prefix + "53", 53)));
        CHECK(refused(ask(world.shield, world.egress(), prefix + "54", 53)));
        CHECK(refused(ask(world.shield, world.egress(), prefix + "80", 443)));
    }
    CHECK(ask(world.shield, world.egress(), "203.0.113.53", 53, dns.get()) == 0);
    CHECK(ask(world.shield, world.egress(), "2001:db8::53", 53, dns6.get()) == 0);
    // Loopback is nobody's way round either.
    const auto local = serve(world.shield, SOCK_STREAM, "127.0.0.1", 8711);
    CHECK(refused(dial(world.shield, world.egress(), "127.0.0.1", 8711).number));
    CHECK(refused(dial(world.shield, world.egress(), "203.0.113.2", 8711).number));
}

TEST_CASE("a socket that was made elsewhere does not get out with egress' uid") {
    const World world;
    auto fence = fence_in(world.shield);
    const auto ssh = serve(world.shield, SOCK_STREAM, "203.0.113.2", 22);
    const auto web = serve(world.outside, SOCK_STREAM, "::", 443);
    const auto dns = serve(world.outside, SOCK_STREAM, "203.0.113.53", 53);
    const auto questions = serve(world.outside, SOCK_DGRAM, "203.0.113.53", 53);
    // As sshd could: a connection of a person's, taken by a process that has become 802, led somewhere else.
    const auto led = [&](const std::string& address, std::uint16_t port) {
        const auto person = dial(world.outside, 0, "203.0.113.2", 22);
        REQUIRE(person.number == 0);
        REQUIRE(seteuid(kEgressUid) == 0);
        const auto taken = accepted(ssh);
        REQUIRE(seteuid(0) == 0);
        return dial_again(taken.get(), address, port);
    };
    SECTION("of the cgroup's making alone") {
        commit(fence, fw::open(site(world)));
        REQUIRE(fence.allow(opening("203.0.113.80", 443)));
        CHECK(refused(led("203.0.113.53", 53)));
        CHECK(refused(led("203.0.113.80", 443)));
        CHECK(refused(dial(world.shield, kEgressUid, "203.0.113.80", 443).number));
        CHECK(refused(ask(world.shield, kEgressUid, "203.0.113.53", 53)));
        // Nor does the cgroup do without the uid.
        CHECK(refused(dial(world.shield, {kOther, world.cgroup}, "203.0.113.80", 443).number));
        CHECK(dial(world.shield, world.egress(), "203.0.113.80", 443).number == 0);
    }
    SECTION("nor does anybody while the cgroup is not known") {
        auto blind = site(world);
        blind.egress.reset();
        const auto done = fence.commit(fw::open(blind));
        REQUIRE_FALSE(done);
        CHECK(done.error().number == EINVAL);
    }
#ifdef ANCHORHOLD_CONTROLS
    SECTION("control: by the uid alone it does") {
        auto careless = fw::open(site(world));
        careless.by_uid_alone = true;
        commit(fence, careless);
        REQUIRE(fence.allow(opening("203.0.113.80", 443)));
        CHECK(led("203.0.113.53", 53) == 0);
        CHECK(led("203.0.113.80", 443) == 0);
        CHECK(ask(world.shield, kEgressUid, "203.0.113.53", 53, questions.get()) == 0);
    }
#endif
}

TEST_CASE("an opening ends with its time, its flows do not, and asking again starts the time anew") {
    const World world;
    auto fence = fence_in(world.shield);
    commit(fence, fw::open(site(world)));
    const auto web = serve(world.outside, SOCK_STREAM, "203.0.113.80", 443);
    REQUIRE(fence.allow(opening("203.0.113.80", 443, 60)));
    REQUIRE(fence.allow(opening("203.0.113.80", 443, 600)));
    CHECK(world.shield.run("nft list set inet anchorhold open4").contains("203.0.113.80 . 443 timeout 10m"));
    const auto flow = dial(world.shield, world.egress(), "203.0.113.80", 443);
    REQUIRE(flow.number == 0);
    const auto other_end = accepted(web);

    REQUIRE(fence.allow(opening("203.0.113.80", 443, 1)));
    int number = 0;
    for (int tries = 0; number == 0 && tries < 600; ++tries) {
        usleep(100'000);
        number = dial(world.shield, world.egress(), "203.0.113.80", 443).number;
    }
    CHECK(refused(number));
    CHECK(carries(flow.socket.get(), other_end.get()) == 0);
    CHECK(carries(other_end.get(), flow.socket.get()) == 0);
}

TEST_CASE("requests out of bounds and a closed fence open nothing") {
    const World world;
    auto fence = fence_in(world.shield);
    CHECK(fence.allow(opening("203.0.113.80", 443)).error().number == EPERM);
    commit(fence, closed(site(world)));
    CHECK(fence.allow(opening("203.0.113.80", 443)).error().number == EPERM);
    commit(fence, fw::open(site(world)));
    CHECK(fence.allow(opening("203.0.113.80", 0)).error().number == EINVAL);
    CHECK(fence.allow(opening("203.0.113.80", 443, 0)).error().number == EINVAL);
    CHECK(fence.allow(opening("203.0.113.80", 443, kMaxOpening + 1)).error().number == EINVAL);
    CHECK_FALSE(world.shield.run("nft list set inet anchorhold open4").contains("203.0.113.80"));
    CHECK(fence.allow(opening("203.0.113.80", 443)));
}

TEST_CASE("shutting cuts what egress has open and leaves a person's session alone") {
    const World world;
    auto fence = fence_in(world.shield);
    commit(fence, fw::open(site(world)));
    for (const std::string prefix : {"203.0.113.", "2001:db8::"}) {
        INFO(prefix);
        commit(fence, fw::open(site(world)));
        const auto web = serve(world.outside, SOCK_STREAM, prefix + "80", 443);
        const auto ssh = serve(world.shield, SOCK_STREAM, prefix + "2", 22);
        REQUIRE(fence.allow(opening(prefix + "80", 443)));
        const auto flow = dial(world.shield, world.egress(), prefix + "80", 443);
        REQUIRE(flow.number == 0);
        const auto flow_end = accepted(web);
        const auto session = dial(world.outside, 0, prefix + "2", 22);
        REQUIRE(session.number == 0);
        const auto session_end = accepted(ssh);
        REQUIRE(carries(flow.socket.get(), flow_end.get()) == 0);
        REQUIRE(carries(flow_end.get(), flow.socket.get()) == 0);

        commit(fence, closed(site(world)));
        CHECK(carries(flow_end.get(), flow.socket.get(), Expect::silence) == ETIMEDOUT);
        CHECK(refused(carries(flow.socket.get(), flow_end.get())));
        CHECK(refused(dial(world.shield, world.egress(), prefix + "80", 443).number));
        CHECK(refused(ask(world.shield, world.egress(), prefix + "53", 53)));
        CHECK(carries(session.socket.get(), session_end.get()) == 0);
        CHECK(carries(session_end.get(), session.socket.get()) == 0);
        CHECK(dial(world.outside, 0, prefix + "2", 22).number == 0);
    }
}

TEST_CASE("from outside come only ssh and the console") {
    const World world;
    auto fence = fence_in(world.shield);
    commit(fence, fw::open(site(world)));
    const auto ssh = serve(world.shield, SOCK_STREAM, "::", 22);
    const auto console = serve(world.shield, SOCK_STREAM, "::", 8711);
    const auto egress = serve(world.shield, SOCK_STREAM, "::", 15001);
    const auto dns = serve(world.shield, SOCK_DGRAM, "::", 53);
    for (const std::string address : {"203.0.113.2", "2001:db8::2"}) {
        INFO(address);
        CHECK(dial(world.outside, 0, address, 22).number == 0);
        CHECK(dial(world.outside, 0, address, 8711).number == 0);
        CHECK(dial(world.outside, 0, address, 15001, Expect::silence).number == ETIMEDOUT);
        CHECK(ask(world.outside, 0, address, 53, -1, Expect::silence) == ETIMEDOUT);
    }
    // The shield's end of the veth is no address for strangers.
    (void)world.outside.run("ip route add 198.18.0.0/15 via 203.0.113.2");
    CHECK(dial(world.outside, 0, "198.18.0.1", 15001, Expect::silence).number == ETIMEDOUT);
    CHECK(dial(world.outside, 0, "198.18.1.1", 443, Expect::silence).number == ETIMEDOUT);
}

TEST_CASE("a flood of questions is refused before it fills the table of connections") {
    const World world;
    auto fence = fence_in(world.shield);
    commit(fence, fw::open(site(world)));
    const auto resolver = serve(world.shield, SOCK_DGRAM, "0.0.0.0", 53);
    const auto refused_so_far = [&] {
        const auto chain = world.shield.run("nft list chain inet anchorhold refuse");
        const std::string before = "limit rate over 400/second burst 1000 packets counter packets ";
        const auto at = chain.find(before);
        REQUIRE(at != std::string::npos);
        return std::stoul(chain.substr(at + before.size()));
    };
    CHECK(ask(world.cell, kAgent, "203.0.113.53", 53, resolver.get()) == 0);
    CHECK(refused_so_far() == 0);

    world.cell.enter();
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(53);
    REQUIRE(inet_pton(AF_INET, "203.0.113.53", &to.sin_addr) == 1);
    for (int i = 0; i < 5000; ++i) {
        const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        (void)sendto(socket.get(), "?", 1, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
    }
    CHECK(refused_so_far() > 0);
}

TEST_CASE("a flood of connections is slowed before it fills the table of connections") {
    const World world;
    auto fence = fence_in(world.shield);
    commit(fence, fw::open(site(world)));
    const auto egress = serve(world.shield, SOCK_STREAM, "0.0.0.0", 15001);
    const auto dropped_so_far = [&] {
        const auto chain = world.shield.run("nft list chain inet anchorhold refuse");
        const std::string before = "limit rate over 200/second burst 500 packets counter packets ";
        const auto at = chain.find(before);
        REQUIRE(at != std::string::npos);
        return std::stoul(chain.substr(at + before.size()));
    };
    CHECK(dial(world.cell, kAgent, "198.18.0.5", 443).number == 0);
    CHECK(dropped_so_far() == 0);

    world.cell.enter();
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(443);
    REQUIRE(inet_pton(AF_INET, "198.18.0.5", &to.sin_addr) == 1);
    int refused_at_once = 0;
    for (int i = 0; i < 3000; ++i) {
        const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        const bool begun =
            connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 || errno == EINPROGRESS;
        refused_at_once += begun ? 0 : 1;
    }
    CHECK(dropped_so_far() > 0);
    CHECK(refused_at_once == 0);
}

TEST_CASE("even a machine that forwards forwards nothing") {
    const World world;
    auto fence = fence_in(world.shield);
    commit(fence, fw::open(site(world)));
    (void)world.shield.run("echo 1 > /proc/sys/net/ipv4/ip_forward");
    (void)world.outside.run("ip route add 198.18.0.0/30 via 203.0.113.2");
    const auto web = serve(world.outside, SOCK_STREAM, "203.0.113.80", 443);
    CHECK(refused(dial(world.cell, 0, "203.0.113.80", 443).number));
    const auto inside = serve(world.cell, SOCK_STREAM, "198.18.0.2", 443);
    CHECK(dial(world.outside, 0, "198.18.0.2", 443, Expect::silence).number == ETIMEDOUT);
}

#ifdef ANCHORHOLD_CONTROLS
TEST_CASE("control: with the fence off the agent reaches everything, by its names too") {
    const World world;
    auto fence = fence_in(world.shield);
    commit(fence, off(site(world)));
    (void)world.shield.run("echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding");
    const auto web = serve(world.outside, SOCK_STREAM, "::", 443);
    const auto dns = serve(world.outside, SOCK_DGRAM, "203.0.113.53", 53);
    const auto egress = serve(world.shield, SOCK_STREAM, "0.0.0.0", 15001);
    CHECK(dial(world.cell, kAgent, "203.0.113.80", 443).number == 0);
    CHECK(dial(world.cell, kAgent, "2001:db8::80", 443).number == 0);
    CHECK(ask(world.cell, kAgent, "203.0.113.53", 53, dns.get()) == 0);
    CHECK(dial(world.cell, kAgent, "198.18.1.1", 443).number == 0);
    CHECK(dial(world.shield, kOther, "203.0.113.80", 443).number == 0);
}
#endif
