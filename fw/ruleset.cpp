#include "fw/ruleset.hpp"

#include <arpa/inet.h>

#include <cerrno>

#include "base/addresses.hpp"

namespace anchorhold::fw {
namespace {

// RFC 4861 sections 4.3 and 4.4, RFC 3810 section 5.2.
constexpr std::uint8_t kSolicitation = 135;
constexpr std::uint8_t kAdvertisement = 136;
constexpr std::uint8_t kListenerReport = 143;
// Each takes a place in conntrack's table until its timeout and the collector's next round, which may be a minute
// later; the table has 65,536 (init/policy/sysctl_table.cpp).
constexpr std::uint32_t kQuestionsASecond = 400;
constexpr std::uint32_t kConnectionsASecond = 200;

Range range(std::string_view first, std::string_view last) {
    return {*parse_address(first), *parse_address(last)};
}

enum class When : std::uint8_t { always, open };

struct Line {
    When when;
    Row row;
};

// The fence, read from top to bottom. Who must get through comes first, the last row of a chain refuses the rest.
std::vector<Line> table() {
    using enum When;
    using enum Chain;
    using enum Place;
    using enum Protocol;
    using enum Verdict;
    // clang-format off
    return {
        {always, {.chain = capture, .in = cell, .family = AF_INET, .protocol = tcp, .to_range = range(kRefusal.v4, kRefusal.v4),
                  .verdict = redirect, .redirect_port = kEgressPort, .why = "the refusal address: egress says why"}},
        {always, {.chain = capture, .in = cell, .family = AF_INET, .protocol = tcp, .to_range = range(kFirstName.v4, kLastName.v4),
                  .verdict = redirect, .redirect_port = kEgressPort, .why = "addresses that stand for names: egress decides"}},
        {always, {.chain = capture, .in = cell, .family = AF_INET6, .protocol = tcp, .to_range = range(kRefusal.v6, kRefusal.v6),
                  .verdict = redirect, .redirect_port = kEgressPort, .why = "the refusal address: egress says why"}},
        {always, {.chain = capture, .in = cell, .family = AF_INET6, .protocol = tcp, .to_range = range(kFirstName.v6, kLastName.v6),
                  .verdict = redirect, .redirect_port = kEgressPort, .why = "addresses that stand for names: egress decides"}},
        {always, {.chain = capture, .in = cell, .protocol = udp, .to_port = kDnsPort, .verdict = redirect, .redirect_port = kDnsPort,
                  .why = "whichever server is asked, egress answers"}},
        {always, {.chain = capture, .in = cell, .protocol = tcp, .to_port = kDnsPort, .verdict = redirect, .redirect_port = kDnsPort,
                  .why = "whichever server is asked, egress answers"}},

        {always, {.chain = refuse, .in = cell, .flow = Flow::broken, .verdict = drop,
                  .why = "a stray segment must not reset a living connection"}},
        {always, {.chain = refuse, .in = cell, .protocol = udp, .flow = Flow::opening, .beyond = kQuestionsASecond, .verdict = reject,
                  .why = "conntrack's table is for a person's ssh and console, too"}},
        {always, {.chain = refuse, .in = cell, .protocol = tcp, .flow = Flow::opening, .beyond = kConnectionsASecond, .verdict = drop,
                  .why = "same; not refused: the kernel asks again in a second, so a tool's burst is slowed and fails nothing"}},
        {always, {.chain = refuse, .in = cell, .flow = Flow::captured, .verdict = accept, .why = "goes to egress"}},
        {always, {.chain = refuse, .in = cell, .protocol = udp, .to_port = kDnsPort, .verdict = accept, .why = "goes to the resolver"}},
        {always, {.chain = refuse, .in = cell, .protocol = tcp, .to_port = kDnsPort, .verdict = accept, .why = "goes to the resolver"}},
        {always, {.chain = refuse, .in = cell, .protocol = icmp6, .icmp_type = kSolicitation, .verdict = accept, .why = "the link itself"}},
        {always, {.chain = refuse, .in = cell, .protocol = icmp6, .icmp_type = kAdvertisement, .verdict = accept, .why = "the link itself"}},
        {always, {.chain = refuse, .in = cell, .protocol = tcp, .verdict = reject, .why = "tools fail at once, not after a timeout"}},
        {always, {.chain = refuse, .in = cell, .verdict = reject, .why = "tools fail at once, not after a timeout"}},

        {always, {.chain = input, .in = cell, .protocol = tcp, .to_port = kEgressPort, .flow = Flow::captured, .verdict = accept,
                  .why = "egress, and only by an address that stands for a name"}},
        {always, {.chain = input, .in = cell, .protocol = udp, .to_port = kDnsPort, .verdict = accept, .why = "the resolver"}},
        {always, {.chain = input, .in = cell, .protocol = tcp, .to_port = kDnsPort, .verdict = accept, .why = "the resolver"}},
        {always, {.chain = input, .in = cell, .protocol = icmp6, .icmp_type = kSolicitation, .verdict = accept, .why = "the link itself"}},
        {always, {.chain = input, .in = cell, .protocol = icmp6, .icmp_type = kAdvertisement, .verdict = accept, .why = "the link itself"}},
        {always, {.chain = input, .in = uplink, .protocol = tcp, .to_port = kSshPort, .flow = Flow::incoming, .verdict = accept,
                  .why = "a person comes in"}},
        {always, {.chain = input, .in = uplink, .protocol = tcp, .to_port = kConsolePort, .flow = Flow::incoming, .verdict = accept,
                  .why = "a person opens the console"}},
        {always, {.chain = input, .in = uplink, .protocol = icmp6, .icmp_type = kSolicitation, .verdict = accept, .why = "neighbours find us"}},
        {always, {.chain = input, .in = uplink, .protocol = icmp6, .icmp_type = kAdvertisement, .verdict = accept, .why = "we find neighbours"}},
        {always, {.chain = input, .in = uplink, .protocol = icmp, .flow = Flow::about, .verdict = accept, .why = "path MTU and errors of known flows"}},
        {always, {.chain = input, .in = uplink, .protocol = icmp6, .flow = Flow::about, .verdict = accept, .why = "path MTU and errors of known flows"}},
        {open,   {.chain = input, .in = uplink, .protocol = tcp, .flow = Flow::answer, .verdict = accept, .why = "answers to egress"}},
        {open,   {.chain = input, .in = uplink, .protocol = udp, .flow = Flow::answer, .verdict = accept, .why = "answers of the resolvers"}},
        {always, {.chain = input, .in = lo, .flow = Flow::about, .verdict = accept, .why = "our own refusals reach who asked"}},
        {always, {.chain = input, .verdict = drop, .why = "nobody else comes in"}},

        {always, {.chain = forward, .verdict = drop, .why = "nothing is ever forwarded"}},

        {always, {.chain = output, .out = cell, .flow = Flow::answer, .verdict = accept, .why = "answers of egress and the resolver"}},
        {always, {.chain = output, .out = cell, .flow = Flow::about, .verdict = accept, .why = "our refusals reach the agent"}},
        {always, {.chain = output, .out = cell, .protocol = icmp6, .icmp_type = kSolicitation, .verdict = accept, .why = "the link itself"}},
        {always, {.chain = output, .out = cell, .protocol = icmp6, .icmp_type = kAdvertisement, .verdict = accept, .why = "the link itself"}},
        {always, {.chain = output, .out = uplink, .protocol = tcp, .from_port = kSshPort, .flow = Flow::answer, .verdict = accept,
                  .why = "a person's session goes on"}},
        {always, {.chain = output, .out = uplink, .protocol = tcp, .from_port = kConsolePort, .flow = Flow::answer, .verdict = accept,
                  .why = "the console answers"}},
        {always, {.chain = output, .out = uplink, .protocol = icmp6, .icmp_type = kSolicitation, .verdict = accept, .why = "we find neighbours"}},
        {always, {.chain = output, .out = uplink, .protocol = icmp6, .icmp_type = kAdvertisement, .verdict = accept, .why = "neighbours find us"}},
        {always, {.chain = output, .out = uplink, .protocol = icmp6, .icmp_type = kListenerReport, .verdict = accept,
                  .why = "snooping switches pass solicitations only to who reported"}},
        {open,   {.chain = output, .out = uplink, .family = AF_INET, .protocol = udp, .to_port = kDnsPort, .sender = Sender::egress, .to = To::resolvers,
                  .verdict = accept, .why = "egress asks a resolver"}},
        {open,   {.chain = output, .out = uplink, .family = AF_INET, .protocol = tcp, .to_port = kDnsPort, .sender = Sender::egress, .to = To::resolvers,
                  .verdict = accept, .why = "egress asks a resolver"}},
        {open,   {.chain = output, .out = uplink, .family = AF_INET6, .protocol = udp, .to_port = kDnsPort, .sender = Sender::egress, .to = To::resolvers,
                  .verdict = accept, .why = "egress asks a resolver"}},
        {open,   {.chain = output, .out = uplink, .family = AF_INET6, .protocol = tcp, .to_port = kDnsPort, .sender = Sender::egress, .to = To::resolvers,
                  .verdict = accept, .why = "egress asks a resolver"}},
        {open,   {.chain = output, .out = uplink, .family = AF_INET, .protocol = tcp, .sender = Sender::egress, .to = To::opened, .verdict = accept,
                  .why = "egress reaches what was opened for it"}},
        {open,   {.chain = output, .out = uplink, .family = AF_INET6, .protocol = tcp, .sender = Sender::egress, .to = To::opened, .verdict = accept,
                  .why = "egress reaches what was opened for it"}},
        {open,   {.chain = output, .out = uplink, .protocol = tcp, .flow = Flow::going_on, .verdict = accept,
                  .why = "outlives its opening; from anyone: the kernel ends closed sockets"}},
        {always, {.chain = output, .out = lo, .flow = Flow::about, .verdict = accept, .why = "our own refusals reach who asked"}},
        {always, {.chain = output, .flow = Flow::broken, .verdict = drop, .why = "a stray segment must not reset a living connection"}},
        {always, {.chain = output, .protocol = tcp, .verdict = reject, .why = "nobody else gets out"}},
        {always, {.chain = output, .verdict = reject, .why = "nobody else gets out"}},
    };
    // clang-format on
}

Ruleset ruleset(const Site& site, bool opened) {
    Ruleset rules{
        .uplink = site.uplink, .openings = opened, .resolvers = site.resolvers, .egress = site.egress, .rows = {}};
    for (const auto& [when, row] : table()) {
        const bool about_uplink = row.in == Place::uplink || row.out == Place::uplink;
        if ((when == When::open && !opened) || (about_uplink && site.uplink.empty()))
            continue;
        rules.rows.push_back(row);
    }
    return rules;
}

}  // namespace

Result<Address> parse_address(std::string_view text) {
    Address address{.family = text.contains(':') ? AF_INET6 : AF_INET};
    if (inet_pton(address.family, std::string(text).c_str(), address.bytes.data()) != 1)
        return fail("parse address", text, EINVAL, "neither an IPv4 nor an IPv6 address");
    return address;
}

Ruleset closed(const Site& site) {
    return ruleset(site, false);
}

Ruleset open(const Site& site) {
    return ruleset(site, true);
}

#ifdef ANCHORHOLD_CONTROLS
Ruleset off(const Site& site) {
    auto rules = ruleset(site, false);
    rules.closed = false;
    // Names must go on working, so the addresses that stand for them are still captured.
    std::erase_if(rules.rows, [](const Row& row) { return row.chain != Chain::capture || row.to_port != 0; });
    if (!site.uplink.empty())
        rules.rows.push_back({.chain = Chain::leave,
                              .out = Place::uplink,
                              .verdict = Verdict::masquerade,
                              .why = "control: the cell reaches everything"});
    return rules;
}
#endif

}  // namespace anchorhold::fw
