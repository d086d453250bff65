// What the fence says, as data: a table of rows that the kernel reads from top to bottom (nft(8)).
// Building a ruleset touches nothing; Fence::commit (fence.hpp) makes it true.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace anchorhold::fw {

struct Address {
    int family = 0;                        // AF_INET or AF_INET6
    std::array<std::uint8_t, 16> bytes{};  // network byte order, AF_INET in the first four
};

// As inet_pton(3) reads it: no prefix length, no scope.
[[nodiscard]] Result<Address> parse_address(std::string_view text);

// A cgroup (v2) as the kernel compares it: its number is the inode of its directory, its level how many directories
// that lies below the root.
struct Cgroup {
    std::uint64_t number = 0;
    std::uint32_t level = 0;
};

// What the fence cannot know beforehand; base/addresses.hpp and base/identities.hpp have the rest.
struct Site {
    std::string uplink;              // the one NIC that is not the cell's; empty: there is none
    std::vector<Address> resolvers;  // the real name servers that egress asks
    std::optional<Cgroup> egress;    // where egress runs; open() needs it
};

// In the order in which a packet meets them.
enum class Chain : std::uint8_t { capture, refuse, input, forward, output, leave };

enum class Place : std::uint8_t { anywhere, cell, uplink, lo };

enum class Protocol : std::uint8_t { any, tcp, udp, icmp, icmp6 };

// What conntrack knows about the packet.
enum class Flow : std::uint8_t {
    any,
    opening,   // its first packet
    incoming,  // new or established, and the packet goes the way the flow was opened
    going_on,  // TCP: established, and the packet goes the way the flow was opened; no SYN, which would open another
    answer,    // established, and the packet answers
    about,     // an error or a reset about a flow ("related")
    captured,  // its destination was rewritten by the chain `capture`
    broken,    // fits no flow ("invalid")
};

// Sets of destinations, one per family: `resolvers` is resolvers4 or resolvers6, `opened` open4 or open6.
enum class To : std::uint8_t { any, resolvers, opened };

// Egress is its uid and its cgroup: a socket that was made elsewhere is not its own, whatever uid its holder takes.
enum class Sender : std::uint8_t { anyone, egress };

struct Range {
    Address first;
    Address last;
};

enum class Verdict : std::uint8_t { accept, drop, reject, redirect, masquerade };

// Fields left out match everything. A refusal answers at once: TCP with a reset, all else with "prohibited" (ICMP).
struct Row {
    Chain chain;
    Place in = Place::anywhere;
    Place out = Place::anywhere;
    int family = 0;  // AF_INET or AF_INET6; `to` a set or a range needs one
    Protocol protocol = Protocol::any;
    std::uint16_t from_port = 0;
    std::uint16_t to_port = 0;
    std::uint8_t icmp_type = 0;
    Sender sender = Sender::anyone;
    std::optional<Range> to_range = {};
    To to = To::any;
    Flow flow = Flow::any;
    std::uint32_t beyond = 0;  // packets a second that it leaves alone, 2.5 times as many at once; 0: it takes all
    Verdict verdict = Verdict::drop;
    std::uint16_t redirect_port = 0;
    std::string_view why = {};  // becomes the rule's comment; at most 127 bytes
};

struct Ruleset {
    std::string uplink;
    bool closed = true;     // policy of input, forward and output: drop, else accept
    bool openings = false;  // has the sets that Fence::allow fills
    std::vector<Address> resolvers;
    std::optional<Cgroup> egress;
    std::vector<Row> rows;
#ifdef ANCHORHOLD_CONTROLS
    bool by_uid_alone = false;  // the control of the tests: a sender's cgroup is not looked at
#endif
};

// Nothing leaves through the uplink but answers to a person's ssh and console, and neighbour discovery.
[[nodiscard]] Ruleset closed(const Site& site);
// Besides that, egress may ask the resolvers and reach what Fence::allow has opened.
[[nodiscard]] Ruleset open(const Site& site);
#ifdef ANCHORHOLD_CONTROLS
// The control of the tests: everything is accepted, and the cell is masqueraded to the uplink.
[[nodiscard]] Ruleset off(const Site& site);
#endif

}  // namespace anchorhold::fw
