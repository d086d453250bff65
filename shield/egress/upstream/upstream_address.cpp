#include "shield/egress/upstream/upstream_address.hpp"

#include <algorithm>
#include <array>

namespace anchorhold::egress {
namespace {

namespace ip = boost::asio::ip;

struct Range4 {
    std::uint32_t first;
    int bits;
    std::string_view what;
};
struct Range6 {
    std::array<std::uint8_t, 6> first;
    int bits;
    std::string_view what;
};

constexpr std::uint32_t v4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d = 0) {
    return (a << 24) | (b << 16) | (c << 8) | d;
}

constexpr std::array kRanges4{
    Range4{v4(0, 0, 0), 8, "this network"},
    Range4{v4(10, 0, 0), 8, "private"},
    Range4{v4(100, 64, 0), 10, "shared by carriers"},
    Range4{v4(127, 0, 0), 8, "loopback"},
    Range4{v4(169, 254, 0), 16, "link-local, where clouds serve metadata"},
    Range4{v4(172, 16, 0), 12, "private"},
    Range4{v4(192, 0, 0), 24, "protocol assignments"},
    Range4{v4(192, 0, 2), 24, "documentation"},
    Range4{v4(192, 88, 99), 24, "6to4 relay"},
    Range4{v4(192, 168, 0), 16, "private"},
    Range4{v4(198, 18, 0), 15, "benchmarking, which the cell uses"},
    Range4{v4(198, 51, 100), 24, "documentation"},
    Range4{v4(203, 0, 113), 24, "documentation"},
    Range4{v4(224, 0, 0), 4, "multicast"},
    Range4{v4(240, 0, 0), 4, "reserved"},
};

constexpr std::array kRanges6{
    Range6{{0x01, 0x00}, 64, "discard-only"},
    Range6{{0x20, 0x01, 0x00}, 23, "protocol assignments"},
    Range6{{0x20, 0x01, 0x0d, 0xb8}, 32, "documentation"},
    Range6{{0x3f, 0xff, 0x00}, 20, "documentation"},
    Range6{{0x5f, 0x00}, 16, "segment routing"},
    Range6{{0xfc}, 7, "private"},
    Range6{{0xfe, 0x80}, 10, "link-local"},
    Range6{{0xfe, 0xc0}, 10, "site-local"},
    Range6{{0xff}, 8, "multicast"},
};

bool within(const ip::address_v6::bytes_type& bytes, const Range6& range) {
    for (int bit = 0; bit < range.bits; ++bit) {
        const auto byte = static_cast<std::size_t>(bit) / 8;
        const std::uint8_t wanted = byte < range.first.size() ? range.first.at(byte) : std::uint8_t{0};
        if (((bytes.at(byte) ^ wanted) & (0x80 >> (bit % 8))) != 0)
            return false;
    }
    return true;
}

std::string_view judge(const ip::address_v4& address) {
    const std::uint32_t number = address.to_uint();
    const auto* const found = std::ranges::find_if(
        kRanges4, [number](const Range4& range) { return ((number ^ range.first) >> (32 - range.bits)) == 0; });
    return found == kRanges4.end() ? std::string_view{} : found->what;
}

ip::address_v4 v4_at(const ip::address_v6::bytes_type& bytes, std::size_t at) {
    return ip::address_v4({bytes.at(at), bytes.at(at + 1), bytes.at(at + 2), bytes.at(at + 3)});
}

bool begins(const ip::address_v6::bytes_type& bytes, std::initializer_list<std::uint8_t> prefix) {
    return std::ranges::equal(prefix, std::span(bytes).first(prefix.size()));
}

std::string_view judge(const ip::address_v6& address) {
    const auto bytes = address.to_bytes();
    if (address.is_unspecified() || address.is_loopback())
        return "loopback";
    if (begins(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0}))  // ::/80: mapped, compatible
        return judge(v4_at(bytes, 12)).empty() ? "IPv4 within IPv6" : judge(v4_at(bytes, 12));
    if (begins(bytes, {0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}))  // NAT64, RFC 6052
        return judge(v4_at(bytes, 12));
    if (begins(bytes, {0x00, 0x64, 0xff, 0x9b}))  // RFC 8215
        return "local NAT64";
    if (begins(bytes, {0x20, 0x02}))  // 6to4, RFC 3056
        return "6to4";
    const auto* const found =
        std::ranges::find_if(kRanges6, [&bytes](const Range6& range) { return within(bytes, range); });
    if (found != kRanges6.end())
        return found->what;
    // All that IANA has given out for global unicast (RFC 4291 section 2.4); the table above is for what lies within
    // it, and for words.
    constexpr Range6 global{{0x20}, 3, "global unicast"};
    return within(bytes, global) ? "" : "outside of global unicast, 2000::/3";
}

}  // namespace

std::string_view not_public(const ip::address& address) {
    return address.is_v4() ? judge(address.to_v4()) : judge(address.to_v6());
}

bool never_upstream(const ip::address& address) {
    if (address.is_unspecified() || address.is_multicast())
        return true;
    if (address.is_v4()) {
        const std::uint32_t number = address.to_v4().to_uint();
        return (number >> 17) == (v4(198, 18, 0) >> 17) || (number >> 28) == 15 || (number >> 24) == 0;
    }
    return address.to_v6().is_v4_mapped() || begins(address.to_v6().to_bytes(), {0xfd, 0x61, 0x6e, 0x63, 0x68, 0x6f});
}

}  // namespace anchorhold::egress
