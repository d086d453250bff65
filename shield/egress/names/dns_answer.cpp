#include "shield/egress/names/dns_answer.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::uint32_t kListed = 60;   // seconds; the address stays, the list may not
constexpr std::uint32_t kUnlisted = 1;  // the next profile may list it

bool is(const DnsQuery& query, DnsType type) {
    return query.type == static_cast<std::uint16_t>(type);
}

void add(DnsReply& reply, const DnsQuery& query, const Names::Addresses& addresses) {
    if (is(query, DnsType::a))
        reply.a.push_back(addresses.v4.to_bytes());
    else if (is(query, DnsType::aaaa))
        reply.aaaa.push_back(addresses.v6.to_bytes());
    else
        reply.soa = true;
}

}  // namespace

DnsAnswer answer_question(const DnsQuery& query, const Names& names, const Policy& policy) {
    DnsAnswer answer;
    if (query.problem != DnsRcode::ok) {
        answer.refused = query.reason;
        return answer;
    }
    const auto* host = policy.profile ? profile::host_of(*policy.profile, query.name) : nullptr;
    const auto known = names.addresses_of(query.name);
    if (host != nullptr && known) {
        answer.reply.ttl = kListed;
        add(answer.reply, query, *known);
        return answer;
    }
    DnsReply& reply = answer.reply;
    reply.ttl = kUnlisted;
    answer.refused = policy.profile ? policy.title + " does not list " + query.name : policy.why_none;
    reply.error = DnsExtendedError::prohibited;
    reply.error_text = answer.refused;
    if (is(query, DnsType::a) || is(query, DnsType::aaaa)) {
        add(reply, query, {Names::refusal4(), Names::refusal6()});
    } else if (is(query, DnsType::https) || is(query, DnsType::svcb)) {
        reply.soa = true;  // not NXDOMAIN: a browser would take that for the addresses too
    } else {
        reply.rcode = DnsRcode::nxdomain;
        reply.soa = true;
    }
    return answer;
}

}  // namespace anchorhold::egress
