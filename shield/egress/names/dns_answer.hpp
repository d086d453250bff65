// What the resolver says to a question. Pure: the cell gets a synthetic address for a listed name, the refusal address
// for any other, and nothing ever goes upstream.
#pragma once

#include <string>

#include "shield/egress/names/dns_message.hpp"
#include "shield/egress/names/names.hpp"
#include "shield/egress/peers/policy.hpp"

namespace anchorhold::egress {

struct DnsAnswer {
    DnsReply reply;
    std::string refused;  // why, when the question was one for an unlisted name; for the record
};
[[nodiscard]] DnsAnswer answer_question(const DnsQuery& query, const Names& names, const Policy& policy);

}  // namespace anchorhold::egress
