// The resolver's messages: RFC 1035, 3596 (AAAA), 6891 (EDNS0), 2308 (negative answers), 8914 (extended errors). Server
// side only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.hpp"

namespace anchorhold::egress {

inline constexpr std::uint16_t kDnsPayload = 1232;    // what we offer in EDNS and the most we send by UDP
inline constexpr std::size_t kDnsPlainUdp = 512;      // without EDNS
inline constexpr std::size_t kDnsMaxMessage = 65535;  // by TCP

enum class DnsType : std::uint16_t {
    a = 1,
    ns = 2,
    soa = 6,
    ptr = 12,
    aaaa = 28,
    opt = 41,
    svcb = 64,
    https = 65,
    any = 255
};
enum class DnsRcode : std::uint16_t {
    ok = 0,
    formerr = 1,
    servfail = 2,
    nxdomain = 3,
    notimp = 4,
    refused = 5,
    badvers = 16
};

// RFC 8914 section 4, those we use.
enum class DnsExtendedError : std::uint16_t { other = 0, prohibited = 18 };

struct DnsQuery {
    std::uint16_t id = 0;
    std::uint8_t opcode = 0;
    // Lower case, labels joined by '.', no final dot; "" is the root. Letters, digits, '-', '_' and '.' only.
    std::string name;
    std::uint16_t type = 0;  // as asked; compare with DnsType
    bool recursion_desired = false;
    bool checking_disabled = false;
    bool edns = false;  // it had an OPT, so the answer has one
    bool dnssec_ok = false;
    std::uint16_t payload = 512;  // what the client takes by UDP, at least 512
    Bytes question;  // the question section as it came, letters' case kept (0x20); empty if it could not be read
    DnsRcode problem = DnsRcode::ok;  // not ok: answer with this rcode and nothing else
    std::string_view reason;          // of a problem, for the log and the extended error; a literal
};

// Nothing: no answer may be sent (shorter than a header, or itself a response: QR=1). Otherwise a query to answer,
// whose `problem` says when it is not one question, class IN, opcode QUERY, with well-formed name, no compression, no
// record but one OPT, no byte left over.
[[nodiscard]] std::optional<DnsQuery> read_dns_query(ByteView message);

struct DnsReply {
    DnsRcode rcode = DnsRcode::ok;
    std::vector<std::array<std::uint8_t, 4>> a = {};      // network byte order; written only if A was asked
    std::vector<std::array<std::uint8_t, 16>> aaaa = {};  // network byte order; written only if AAAA was asked
    std::uint32_t ttl = 0;                                // seconds, of the addresses and the SOA
    bool soa = false;  // where no address is written (NODATA, NXDOMAIN): an SOA, so that the no is cached
    std::optional<DnsExtendedError> error = {};  // sent if the client spoke EDNS
    std::string error_text = {};                 // UTF-8, cut at 200 bytes: who refused and what to do
};

// The answer, at most `limit` bytes and `limit` at least 512: for UDP dns_udp_limit(query), for TCP kDnsMaxMessage (the
// two length bytes before it are the caller's). What does not fit sets TC and leaves out addresses and SOA. AA is not
// set, RA is. A query's `problem` wins over reply.rcode; it carries its reason as extended error.
[[nodiscard]] Bytes write_dns_reply(const DnsQuery& query, const DnsReply& reply, std::size_t limit);

[[nodiscard]] std::size_t dns_udp_limit(const DnsQuery& query) noexcept;

}  // namespace anchorhold::egress
