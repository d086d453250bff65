#include "shield/egress/names/dns_message.hpp"

#include <algorithm>
#include <string_view>

#include "base/ascii.hpp"
#include "shield/http/http1_chars.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::size_t kHeader = 12;
constexpr std::size_t kMaxName = 255;
constexpr std::size_t kMaxLabel = 63;
constexpr std::size_t kMaxErrorText = 200;
constexpr std::uint16_t kClassIn = 1;
constexpr std::uint16_t kOptionExtendedError = 15;

constexpr std::uint16_t kQr = 0x8000;
constexpr std::uint16_t kTc = 0x0200;
constexpr std::uint16_t kRd = 0x0100;
constexpr std::uint16_t kRa = 0x0080;
constexpr std::uint16_t kCd = 0x0010;
constexpr std::uint32_t kDo = 0x8000;  // in OPT's TTL

class Reader {
  public:
    explicit Reader(ByteView bytes) : bytes_(bytes) {}
    std::optional<std::uint8_t> u8() noexcept {
        return at_ < bytes_.size() ? std::optional(bytes_[at_++]) : std::nullopt;
    }
    std::optional<std::uint16_t> u16() noexcept {
        const auto both = take(2);
        return both ? std::optional(static_cast<std::uint16_t>((*both)[0] << 8 | (*both)[1])) : std::nullopt;
    }
    std::optional<ByteView> take(std::size_t size) noexcept {
        if (bytes_.size() - at_ < size)
            return std::nullopt;
        at_ += size;
        return bytes_.subspan(at_ - size, size);
    }
    [[nodiscard]] std::size_t at() const noexcept { return at_; }
    [[nodiscard]] bool empty() const noexcept { return at_ == bytes_.size(); }

  private:
    ByteView bytes_;
    std::size_t at_ = 0;
};

// RFC 1035 section 3.1, without compression (a question has nothing before it to point to). What is wrong, or nullptr.
const char* read_name(Reader& reader, std::string& name) {
    const std::size_t start = reader.at();
    while (true) {
        const auto size = reader.u8();
        if (!size)
            return "the question's name is cut off";
        if (*size == 0)
            break;
        if (*size > kMaxLabel)
            return "the question's name is compressed or has a label of more than 63 bytes";
        const auto label = reader.take(*size);
        if (!label)
            return "the question's name is cut off";
        if (reader.at() - start + 1 > kMaxName)
            return "the question's name is longer than 255 bytes";
        if (!name.empty())
            name.push_back('.');
        for (const std::uint8_t byte : *label) {
            const char c = static_cast<char>(byte);
            if (!is_char(c, kHost) || c == '.')
                return "the question's name has bytes other than letters, digits, `-` and `_`";
            name.push_back(lower(c));
        }
    }
    return nullptr;
}

// RFC 6891 section 6.1.2.
const char* read_opt(Reader& reader, DnsQuery& query) {
    const auto owner = reader.u8();
    const auto type = reader.u16();
    const auto payload = reader.u16();
    const auto extended = reader.u8();
    const auto version = reader.u8();
    const auto flags = reader.u16();
    const auto size = reader.u16();
    if (!owner || !type || !payload || !extended || !version || !flags || !size)
        return "the additional record is cut off";
    if (*owner != 0 || *type != static_cast<std::uint16_t>(DnsType::opt))
        return "a question carries a record other than OPT";
    const auto data = reader.take(*size);
    if (!data)
        return "the OPT record is cut off";
    for (Reader options(*data); !options.empty();) {
        const auto code = options.u16();
        const auto length = options.u16();
        if (!code || !length || !options.take(*length))
            return "the OPT record's options are malformed";
    }
    query.edns = true;
    query.dnssec_ok = (*flags & kDo) != 0;
    query.payload = std::max<std::uint16_t>(*payload, kDnsPlainUdp);
    if (*version != 0) {
        query.problem = DnsRcode::badvers;
        query.reason = "only EDNS version 0 is spoken here";
    }
    return nullptr;
}

const char* read_body(ByteView message, Reader& reader, DnsQuery& query, bool has_opt) {
    if (const char* const wrong = read_name(reader, query.name))
        return wrong;
    const auto type = reader.u16();
    const auto name_class = reader.u16();
    if (!type || !name_class)
        return "the question is cut off";
    query.type = *type;
    const ByteView question = message.subspan(kHeader, reader.at() - kHeader);
    query.question.assign(question.begin(), question.end());
    if (has_opt)
        if (const char* const wrong = read_opt(reader, query))
            return wrong;
    if (!reader.empty())
        return "bytes are left over behind the message";
    if (query.problem == DnsRcode::ok && *name_class != kClassIn) {
        query.problem = DnsRcode::refused;
        query.reason = "only class IN is answered here";
    }
    return nullptr;
}

void put16(Bytes& out, std::size_t value) {
    out.push_back(static_cast<std::uint8_t>(value >> 8));
    out.push_back(static_cast<std::uint8_t>(value));
}

void put32(Bytes& out, std::uint32_t value) {
    put16(out, value >> 16);
    put16(out, value & 0xffff);
}

template <std::size_t N>
void put_address(Bytes& out, DnsType type, std::uint32_t ttl, const std::array<std::uint8_t, N>& address) {
    put16(out, 0xc000 | kHeader);  // the name in the question
    put16(out, static_cast<std::size_t>(type));
    put16(out, kClassIn);
    put32(out, ttl);
    put16(out, N);
    out.insert(out.end(), address.begin(), address.end());
}

// RFC 2308 section 3. The root owns it: it is above every name, whatever zone the name would have been in.
void put_soa(Bytes& out, std::uint32_t ttl) {
    using namespace std::string_view_literals;
    constexpr std::string_view kMname = "\6shield\7invalid\0"sv;
    constexpr std::string_view kRname = "\12anchorhold\6shield\7invalid\0"sv;
    out.push_back(0);
    put16(out, static_cast<std::size_t>(DnsType::soa));
    put16(out, kClassIn);
    put32(out, ttl);
    put16(out, kMname.size() + kRname.size() + 20);
    for (const std::string_view name : {kMname, kRname})
        out.insert(out.end(), name.begin(), name.end());
    for (const std::uint32_t value : {1U, 3600U, 600U, 86400U, ttl})  // serial, refresh, retry, expire, minimum
        put32(out, value);
}

std::string_view cut(std::string_view text) {
    if (text.size() <= kMaxErrorText)
        return text;
    std::size_t end = kMaxErrorText;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        --end;
    return text.substr(0, end);
}

void put_opt(Bytes& out, const DnsQuery& query, std::uint16_t rcode, std::optional<DnsExtendedError> error,
             std::string_view text) {
    out.push_back(0);
    put16(out, static_cast<std::size_t>(DnsType::opt));
    put16(out, kDnsPayload);
    put32(out, (static_cast<std::uint32_t>(rcode) >> 4) << 24 | (query.dnssec_ok ? kDo : 0));
    if (!error) {
        put16(out, 0);
        return;
    }
    text = cut(text);
    put16(out, 4 + 2 + text.size());
    put16(out, kOptionExtendedError);
    put16(out, 2 + text.size());
    put16(out, static_cast<std::size_t>(*error));
    out.insert(out.end(), text.begin(), text.end());
}

}  // namespace

std::optional<DnsQuery> read_dns_query(ByteView message) {
    Reader reader(message);
    DnsQuery query;
    const auto id = reader.u16();
    const auto flags = reader.u16();
    const auto questions = reader.u16();
    const auto answers = reader.u16();
    const auto authorities = reader.u16();
    const auto additional = reader.u16();
    if (!id || !flags || !questions || !answers || !authorities || !additional || (*flags & kQr) != 0)
        return std::nullopt;
    query.id = *id;
    query.opcode = *flags >> 11 & 0xf;
    query.recursion_desired = (*flags & kRd) != 0;
    query.checking_disabled = (*flags & kCd) != 0;
    if (query.opcode != 0) {
        query.problem = DnsRcode::notimp;
        query.reason = "only queries are answered here";
        return query;
    }
    const bool plain = *questions == 1 && *answers == 0 && *authorities == 0 && *additional <= 1 && (*flags & kTc) == 0;
    const char* const wrong = plain ? read_body(message, reader, query, *additional == 1)
                                    : "a query has one question, no answer and no record but OPT";
    if (wrong != nullptr) {
        query.problem = DnsRcode::formerr;
        query.reason = wrong;
        query.name.clear();
    }
    return query;
}

std::size_t dns_udp_limit(const DnsQuery& query) noexcept {
    return query.edns ? std::clamp<std::size_t>(query.payload, kDnsPlainUdp, kDnsPayload) : kDnsPlainUdp;
}

Bytes write_dns_reply(const DnsQuery& query, const DnsReply& reply, std::size_t limit) {
    const bool problem = query.problem != DnsRcode::ok;
    const auto rcode = static_cast<std::uint16_t>(problem ? query.problem : reply.rcode);

    Bytes records;
    std::size_t answers = 0;
    bool soa = false;
    if (!problem && !query.question.empty()) {
        if (rcode == 0 && query.type == static_cast<std::uint16_t>(DnsType::a)) {
            answers = reply.a.size();
            for (const auto& address : reply.a)
                put_address(records, DnsType::a, reply.ttl, address);
        } else if (rcode == 0 && query.type == static_cast<std::uint16_t>(DnsType::aaaa)) {
            answers = reply.aaaa.size();
            for (const auto& address : reply.aaaa)
                put_address(records, DnsType::aaaa, reply.ttl, address);
        }
        soa = answers == 0 && reply.soa;
        if (soa)
            put_soa(records, reply.ttl);
    }
    Bytes opt;
    if (query.edns)
        put_opt(opt, query, rcode, problem ? DnsExtendedError::other : reply.error,
                problem ? query.reason : reply.error_text);

    const bool truncated = kHeader + query.question.size() + records.size() + opt.size() > limit;
    if (truncated) {
        records.clear();
        answers = 0;
        soa = false;
    }
    Bytes out;
    out.reserve(kHeader + query.question.size() + records.size() + opt.size());
    put16(out, query.id);
    put16(out, static_cast<std::size_t>(kQr | query.opcode << 11 | (truncated ? kTc : 0) |
                                        (query.recursion_desired ? kRd : 0) | kRa |
                                        (query.checking_disabled ? kCd : 0) | (rcode & 0xf)));
    put16(out, query.question.empty() ? 0 : 1);
    put16(out, answers);
    put16(out, soa ? 1 : 0);
    put16(out, query.edns ? 1 : 0);
    for (const ByteView part : {ByteView(query.question), ByteView(records), ByteView(opt)})
        out.insert(out.end(), part.begin(), part.end());
    return out;
}

}  // namespace anchorhold::egress
