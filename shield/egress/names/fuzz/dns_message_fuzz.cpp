// A query reads to a plain name or a problem; every answer is within its limit and keeps id and question.
#include <algorithm>

#include "base/testing/require.hpp"
#include "shield/egress/names/dns_message.hpp"

using namespace anchorhold;
using namespace anchorhold::egress;
using namespace anchorhold::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto query = read_dns_query({data, size});
    if (!query) {
        require(size < 12 || (data[2] & 0x80) != 0, "only responses and scraps get no answer");
        return 0;
    }
    require(query->name.size() <= 253, "name");
    require(std::ranges::all_of(query->name,
                                [](char c) {
                                    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                                           c == '.';
                                }),
            "names are plain and small");
    require((query->problem == DnsRcode::ok) == query->reason.empty(), "a problem has a reason");
    DnsReply reply{.a = {{198, 18, 1, 0}},
                   .aaaa = {{0xfd}},
                   .ttl = 1,
                   .soa = true,
                   .error = DnsExtendedError::prohibited,
                   .error_text = std::string(300, 'x')};
    if (size > 20)
        reply.a.assign(data[size - 1], {198, 18, 1, 1});
    for (const std::size_t limit : {dns_udp_limit(*query), kDnsMaxMessage}) {
        const Bytes answer = write_dns_reply(*query, reply, limit);
        require(answer.size() >= 12 && answer.size() <= limit, "within the limit");
        require(answer[0] == data[0] && answer[1] == data[1] && (answer[2] & 0x80) != 0, "id and QR");
        require(std::equal(query->question.begin(), query->question.end(), answer.begin() + 12),
                "the question comes back as it came");
        require(!read_dns_query(answer), "an answer is no query");
    }
    return 0;
}
