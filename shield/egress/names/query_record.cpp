#include "shield/egress/names/query_record.hpp"

#include "shield/egress/names/dns_message.hpp"
#include "shield/egress/peers/event_text.hpp"

namespace anchorhold::egress {
namespace {

std::string type_name(std::uint16_t type) {
    switch (static_cast<DnsType>(type)) {
        case DnsType::a:
            return "A";
        case DnsType::aaaa:
            return "AAAA";
        case DnsType::https:
            return "HTTPS";
        case DnsType::svcb:
            return "SVCB";
        case DnsType::ptr:
            return "PTR";
        case DnsType::any:
            return "ANY";
        default:
            return "TYPE" + std::to_string(type);  // RFC 3597
    }
}

}  // namespace

std::string record_of(const QueryRecord& query) {
    audit::DnsActivity made;
    made.common = common_facts(audit::Outcome::denied, query.reason, query.count);
    made.name = query.name;
    made.type = type_name(query.type);
    made.rcode = query.rcode;
    return text_of(audit::event(made));
}

}  // namespace anchorhold::egress
