#include "shield/egress/record.hpp"

#include <unistd.h>

#include <array>

#include "base/encoding.hpp"
#include "shield/egress/parse/dns_message.hpp"

namespace anchorhold::egress {
namespace {

const std::string& workstation() {
    static const std::string name = [] {
        std::array<char, 256> buffer{};
        return std::string(gethostname(buffer.data(), buffer.size() - 1) == 0 ? buffer.data() : "");
    }();
    return name;
}

audit::Common common(audit::Outcome outcome, std::string_view reason, std::int64_t count = 1) {
    audit::Common made;
    made.time = audit::now_ms();
    made.workstation = workstation();
    made.outcome = outcome;
    made.reason = reason;
    if (count > 1)
        made.reason += " (" + std::to_string(count) + " times)";
    return made;
}

// The events are made of checked text and integers, which always have a canonical form.
std::string text_of(const json::object& event) {
    return canonical(event).value_or("{}");
}

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

std::string record_of(const RequestRecord& request) {
    audit::HttpActivity made;
    made.common = common(request.judged.outcome, request.judged.reason);
    made.common.rule = request.judged.rule;
    made.common.correlation = request.judged.request;
    if (const auto* policy = request.judged.policy; policy != nullptr)
        made.common.policy = audit::PolicyRef{policy->name, policy->version, to_hex(policy->digest)};
    made.destination.name = request.host;
    made.destination.port = request.port;
    made.method = request.method;
    made.url = request.url;
    made.credential = request.credential;
    return text_of(audit::event(made));
}

std::string record_of(const QuestionRecord& question) {
    audit::DnsActivity made;
    made.common = common(audit::Outcome::denied, question.reason, question.count);
    made.name = question.name;
    made.type = type_name(question.type);
    made.rcode = question.rcode;
    return text_of(audit::event(made));
}

std::string record_of(const ConnectionRecord& connection) {
    audit::NetworkActivity made;
    made.common = common(audit::Outcome::denied, connection.reason, connection.count);
    made.destination = {std::string(connection.name), std::string(connection.address), connection.port};
    return text_of(audit::event(made));
}

}  // namespace anchorhold::egress
