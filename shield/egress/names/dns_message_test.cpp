#include "shield/egress/names/dns_message.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <string>
#include <string_view>

using namespace anchorhold;
using namespace anchorhold::egress;
using namespace std::string_literals;

namespace {

std::string name_of(std::string_view dotted) {
    std::string wire;
    while (!dotted.empty()) {
        const std::string_view label = dotted.substr(0, dotted.find('.'));
        wire.push_back(static_cast<char>(label.size()));
        wire += label;
        dotted.remove_prefix(std::min(dotted.size(), label.size() + 1));
    }
    return wire + '\0';
}

const std::string kOpt = "\0\0\x29\x10\0\0\0\x80\0\0\0"s;  // payload 4096, DO

std::string message(const std::string& wire_name, const std::string& tail = "\0\1\0\1"s, const std::string& opt = {},
                    const std::string& flags = "\1\0"s) {
    return "\x12\x34"s + flags + "\0\1\0\0\0\0\0"s + (opt.empty() ? '\0' : '\1') + wire_name + tail + opt;
}

DnsQuery query_of(const std::string& wire) {
    const auto query = read_dns_query(as_bytes(wire));
    REQUIRE(query);
    return *query;
}

std::size_t u16(const Bytes& bytes, std::size_t at) {
    return static_cast<std::size_t>(bytes[at] << 8 | bytes[at + 1]);
}

}  // namespace

TEST_CASE("a question is read, its case kept for the echo and folded for matching") {
    const DnsQuery query = query_of(message(name_of("GiT.dEmo_1.TEST"), "\0\x1c\0\1"s, kOpt));
    CHECK(query.id == 0x1234);
    CHECK(query.name == "git.demo_1.test");
    CHECK(query.type == static_cast<std::uint16_t>(DnsType::aaaa));
    CHECK(query.recursion_desired);
    CHECK(query.edns);
    CHECK(query.dnssec_ok);
    CHECK(query.payload == 4096);
    CHECK(query.problem == DnsRcode::ok);
    CHECK(dns_udp_limit(query) == 1232);
    CHECK(as_text(query.question) == name_of("GiT.dEmo_1.TEST") + "\0\x1c\0\1"s);
    CHECK(query_of(message(name_of(""))).name.empty());
    CHECK(dns_udp_limit(query_of(message(name_of("a.test")))) == 512);
}

TEST_CASE("nothing is answered to responses and scraps") {
    CHECK_FALSE(read_dns_query(as_bytes(message(name_of("a.test"), "\0\1\0\1"s, {}, "\x81\0"s))));
    CHECK_FALSE(read_dns_query(as_bytes("\x12\x34\1\0\0\1\0\0\0\0\0"s)));
    CHECK_FALSE(read_dns_query({}));
}

TEST_CASE("malformed questions get FORMERR") {
    const std::string label(63, 'a');
    const std::string wire = GENERATE_COPY(
        message("\xc0\x0c"), message("\1a\xc0\x0c"), message(std::string(1, '\x40') + std::string(64, 'a') + '\0'),
        message("\5abc"), message("\1a"), message(name_of("a\0b"s)), message(name_of("a\nb")), message(name_of("a b")),
        message(name_of("\xc3\xa4")), message(name_of("*")), message("\3a.b\0"s),
        message(name_of(label + "." + label + "." + label + "." + label)), message(name_of("a"), "\0\1\0"s),
        message(name_of("a"), "\0\1\0\1x"s), message(name_of("a"), "\0\1\0\1"s, kOpt + "x"),
        message(name_of("a"), "\0\1\0\1"s, kOpt.substr(0, 9)),
        message(name_of("a"), "\0\1\0\1"s, "\0\0\1\0\1\0\0\0\0\0\0"s),
        message(name_of("a"), "\0\1\0\1"s, "\0\0\x29\x10\0\0\0\0\0\0\3\0\1\0"s),
        message(name_of("a"), "\0\1\0\1"s, "\0\0\x29\x10\0\0\0\0\0\0\4\0\1\0\1"s),
        message(name_of("a"), "\0\1\0\1"s, {}, "\3\0"s), "\x12\x34\1\0\0\2\0\0\0\0\0\0\1a\0\0\1\0\1\1a\0\0\1\0\1"s,
        "\x12\x34\1\0\0\0\0\0\0\0\0\0"s, "\x12\x34\1\0\0\1\0\1\0\0\0\0\1a\0\0\1\0\1"s);
    const DnsQuery query = query_of(wire);
    CHECK(query.problem == DnsRcode::formerr);
    CHECK_FALSE(query.reason.empty());
    CHECK(query.name.empty());
    const Bytes answer = write_dns_reply(query, {}, dns_udp_limit(query));
    CHECK((answer[3] & 0xf) == 1);
    CHECK(answer[2] >> 7 == 1);
    CHECK(u16(answer, 6) == 0);
}

TEST_CASE("the longest name passes") {
    const std::string label(63, 'a');
    const DnsQuery query = query_of(message(name_of(label + "." + label + "." + label + "." + std::string(61, 'b'))));
    CHECK(query.problem == DnsRcode::ok);
    CHECK(query.name.size() == 253);
}

TEST_CASE("what is not spoken is said so") {
    CHECK(query_of(message(name_of("a"), "\0\1\0\1"s, {}, "\x28\0"s)).problem == DnsRcode::notimp);
    CHECK(query_of(message(name_of("a"), "\0\1\0\3"s)).problem == DnsRcode::refused);
    const DnsQuery version = query_of(message(name_of("a"), "\0\1\0\1"s, "\0\0\x29\x10\0\0\1\0\0\0\0"s));
    CHECK(version.problem == DnsRcode::badvers);
    const Bytes answer = write_dns_reply(version, {}, 512);
    CHECK((answer[3] & 0xf) == 0);
    CHECK(answer[12 + 7 + 5] == 1);  // the OPT's extended rcode behind the question
    const Bytes notimp = write_dns_reply(query_of(message(name_of("a"), "\0\1\0\1"s, {}, "\x29\0"s)), {}, 512);
    CHECK(notimp[2] == 0xa9);
    CHECK(notimp[3] == 0x84);
}

TEST_CASE("addresses are answered, byte for byte") {
    const DnsQuery query = query_of(message(name_of("A.test"), "\0\1\0\1"s));
    const Bytes answer =
        write_dns_reply(query, {.a = {{198, 18, 1, 0}}, .aaaa = {{0xfd}}, .ttl = 60, .soa = true}, 512);
    CHECK(as_text(answer) ==
          "\x12\x34\x81\x80\0\1\0\1\0\0\0\0\1A\4test\0\0\1\0\1\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc6\x12\1\0"s);
    const Bytes six = write_dns_reply(query_of(message(name_of("a"), "\0\x1c\0\1"s)),
                                      {.a = {{1}}, .aaaa = {{0xfd, 0x61}}, .ttl = 1}, 512);
    CHECK(u16(six, 6) == 1);
    CHECK(six[six.size() - 16] == 0xfd);
}

TEST_CASE("a no carries an SOA and the reason") {
    const DnsQuery query = query_of(message(name_of("evil.test"), "\0\1\0\1"s, kOpt));
    const Bytes answer = write_dns_reply(query,
                                         {.rcode = DnsRcode::nxdomain,
                                          .ttl = 5,
                                          .soa = true,
                                          .error = DnsExtendedError::prohibited,
                                          .error_text = "not in profile demo"},
                                         512);
    CHECK((answer[3] & 0xf) == 3);
    CHECK(u16(answer, 6) == 0);
    CHECK(u16(answer, 8) == 1);
    CHECK(u16(answer, 10) == 1);
    CHECK(as_text(answer).ends_with("\0\x19\0\x0f\0\x15\0\x12not in profile demo"s));
    CHECK(as_text(answer).contains("\6shield\7invalid\0\12anchorhold\6shield\7invalid\0\0\0\0\1"s));
    const Bytes nodata =
        write_dns_reply(query_of(message(name_of("a"), "\0\x41\0\1"s)), {.a = {{1, 2, 3, 4}}, .soa = true}, 512);
    CHECK(u16(nodata, 6) == 0);
    CHECK(u16(nodata, 8) == 1);
    CHECK((nodata[3] & 0xf) == 0);
}

TEST_CASE("an extended error's text is cut at a character") {
    const DnsQuery query = query_of(message(name_of("a"), "\0\1\0\1"s, kOpt));
    const std::string text = std::string(199, 'x') + "\xc3\xa4" + "yyyy";
    const Bytes answer =
        write_dns_reply(query, {.rcode = DnsRcode::refused, .error = DnsExtendedError::other, .error_text = text}, 512);
    CHECK(as_text(answer).ends_with(std::string(199, 'x')));
}

TEST_CASE("too many addresses for UDP set TC and are left out") {
    const DnsQuery query = query_of(message(name_of("a.test"), "\0\1\0\1"s));
    DnsReply reply;
    reply.a.assign(100, {198, 18, 0, 1});
    const Bytes udp = write_dns_reply(query, reply, dns_udp_limit(query));
    CHECK((udp[2] & 2) != 0);
    CHECK(u16(udp, 6) == 0);
    const Bytes tcp = write_dns_reply(query, reply, kDnsMaxMessage);
    CHECK((tcp[2] & 2) == 0);
    CHECK(u16(tcp, 6) == 100);
}
