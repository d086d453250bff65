#include "fw/translate.hpp"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <net/if.h>

#include <cerrno>
#include <new>
#include <utility>

#include "base/addresses.hpp"
#include "base/encoding.hpp"
#include "base/identities.hpp"

namespace anchorhold::fw {
namespace {

// conntrack's states as the expression `ct state` counts them (NF_CT_STATE_BIT in the kernel).
constexpr std::uint32_t kInvalid = 1;
constexpr std::uint32_t kEstablished = 2;
constexpr std::uint32_t kRelated = 4;
constexpr std::uint32_t kNew = 8;

// RFC 9293 section 3.1.
constexpr std::uint32_t kFlagsOfTcp = 13;
constexpr std::uint8_t kSyn = 2;

// Adds expressions to one rule; every match reads into register 1.
class Writer {
  public:
    explicit Writer(nftnl_rule* rule) : rule_(rule) {}

    // The rule owns what is added to it.
    nftnl_expr* add(const char* name) {
        nftnl_expr* expression = nftnl_expr_alloc(name);
        if (expression == nullptr)
            throw std::bad_alloc();
        nftnl_rule_add_expr(rule_, expression);
        return expression;
    }

    void load_meta(std::uint32_t key) {
        auto* expression = add("meta");
        nftnl_expr_set_u32(expression, NFTNL_EXPR_META_KEY, key);
        nftnl_expr_set_u32(expression, NFTNL_EXPR_META_DREG, NFT_REG_1);
    }

    void load_conntrack(std::uint32_t key) {
        auto* expression = add("ct");
        nftnl_expr_set_u32(expression, NFTNL_EXPR_CT_KEY, key);
        nftnl_expr_set_u32(expression, NFTNL_EXPR_CT_DREG, NFT_REG_1);
    }

    // The number of the cgroup in which the socket was made, or of its ancestor at that level; no match without a
    // socket.
    void load_cgroup(std::uint32_t level) {
        auto* expression = add("socket");
        nftnl_expr_set_u32(expression, NFTNL_EXPR_SOCKET_KEY, NFT_SOCKET_CGROUPV2);
        nftnl_expr_set_u32(expression, NFTNL_EXPR_SOCKET_DREG, NFT_REG_1);
        nftnl_expr_set_u32(expression, NFTNL_EXPR_SOCKET_LEVEL, level);
    }

    void load_payload(std::uint32_t base, std::uint32_t offset, std::size_t size, std::uint32_t reg = NFT_REG_1) {
        auto* expression = add("payload");
        nftnl_expr_set_u32(expression, NFTNL_EXPR_PAYLOAD_BASE, base);
        nftnl_expr_set_u32(expression, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
        nftnl_expr_set_u32(expression, NFTNL_EXPR_PAYLOAD_LEN, static_cast<std::uint32_t>(size));
        nftnl_expr_set_u32(expression, NFTNL_EXPR_PAYLOAD_DREG, reg);
    }

    void load_destination(int family, std::uint32_t reg = NFT_REG_1) {
        load_payload(NFT_PAYLOAD_NETWORK_HEADER, family == AF_INET ? 16 : 24, address_size(family), reg);
    }

    template <class T>
    void compare(const T& value, std::uint32_t how = NFT_CMP_EQ) {
        compare_bytes(&value, sizeof value, how);
    }

    void compare_bytes(const void* value, std::size_t size, std::uint32_t how = NFT_CMP_EQ) {
        auto* expression = add("cmp");
        nftnl_expr_set_u32(expression, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
        nftnl_expr_set_u32(expression, NFTNL_EXPR_CMP_OP, how);
        nftnl_expr_set(expression, NFTNL_EXPR_CMP_DATA, value, static_cast<std::uint32_t>(size));
    }

    // Any of these bits is set.
    template <class T>
    void any_bit(T bits) {
        mask(bits);
        compare(T{0}, NFT_CMP_NEQ);
    }

    template <class T>
    void no_bit(T bits) {
        mask(bits);
        compare(T{0});
    }

    template <class T>
    void mask(T bits) {
        const T nothing = 0;
        auto* expression = add("bitwise");
        nftnl_expr_set_u32(expression, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
        nftnl_expr_set_u32(expression, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
        nftnl_expr_set_u32(expression, NFTNL_EXPR_BITWISE_LEN, sizeof bits);
        nftnl_expr_set(expression, NFTNL_EXPR_BITWISE_MASK, &bits, sizeof bits);
        nftnl_expr_set(expression, NFTNL_EXPR_BITWISE_XOR, &nothing, sizeof nothing);
    }

    void in_range(const Range& range) {
        const auto size = static_cast<std::uint32_t>(address_size(range.first.family));
        auto* expression = add("range");
        nftnl_expr_set_u32(expression, NFTNL_EXPR_RANGE_SREG, NFT_REG_1);
        nftnl_expr_set_u32(expression, NFTNL_EXPR_RANGE_OP, NFT_RANGE_EQ);
        nftnl_expr_set(expression, NFTNL_EXPR_RANGE_FROM_DATA, range.first.bytes.data(), size);
        nftnl_expr_set(expression, NFTNL_EXPR_RANGE_TO_DATA, range.last.bytes.data(), size);
    }

    void in_set(const char* name) {
        auto* expression = add("lookup");
        nftnl_expr_set_u32(expression, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
        nftnl_expr_set_str(expression, NFTNL_EXPR_LOOKUP_SET, name);
    }

    void beyond(std::uint32_t a_second) {
        auto* expression = add("limit");
        nftnl_expr_set_u64(expression, NFTNL_EXPR_LIMIT_RATE, a_second);
        nftnl_expr_set_u64(expression, NFTNL_EXPR_LIMIT_UNIT, 1);
        nftnl_expr_set_u32(expression, NFTNL_EXPR_LIMIT_BURST, a_second * 5 / 2);
        nftnl_expr_set_u32(expression, NFTNL_EXPR_LIMIT_TYPE, NFT_LIMIT_PKTS);
        nftnl_expr_set_u32(expression, NFTNL_EXPR_LIMIT_FLAGS, NFT_LIMIT_F_INV);
    }

    void decide(std::int32_t verdict) {
        auto* expression = add("immediate");
        nftnl_expr_set_u32(expression, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
        nftnl_expr_set_u32(expression, NFTNL_EXPR_IMM_VERDICT, static_cast<std::uint32_t>(verdict));
    }

  private:
    nftnl_rule* rule_;
};

Result<> match_interface(Writer& writer, std::uint32_t key, Place place, const Ruleset& ruleset) {
    if (place == Place::anywhere)
        return {};
    const std::string name(place == Place::cell     ? kShieldLink
                           : place == Place::uplink ? std::string_view(ruleset.uplink)
                                                    : "lo");
    if (name.empty() || name.size() >= IFNAMSIZ)
        return fail("translate fence row", "interface name \"" + name + '"', EINVAL, "1 to 15 bytes are a name");
    std::array<char, IFNAMSIZ> padded{};
    name.copy(padded.data(), name.size());
    writer.load_meta(key);
    writer.compare(padded);
    return {};
}

void match_protocol(Writer& writer, const Row& row) {
    // ICMP belongs to one family each; the other family's would be read by the wrong rules.
    const int family = row.protocol == Protocol::icmp    ? AF_INET
                       : row.protocol == Protocol::icmp6 ? AF_INET6
                                                         : row.family;
    if (family != 0) {
        writer.load_meta(NFT_META_NFPROTO);
        writer.compare(static_cast<std::uint8_t>(family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6));
    }
    constexpr std::uint8_t numbers[] = {0, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ICMPV6};
    if (row.protocol != Protocol::any) {
        writer.load_meta(NFT_META_L4PROTO);
        writer.compare(numbers[std::to_underlying(row.protocol)]);
    }
    if (row.icmp_type != 0) {
        writer.load_payload(NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
        writer.compare(row.icmp_type);
    }
    if (row.from_port != 0) {
        writer.load_payload(NFT_PAYLOAD_TRANSPORT_HEADER, 0, 2);
        writer.compare(htons(row.from_port));
    }
    if (row.to_port != 0) {
        writer.load_payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
        writer.compare(htons(row.to_port));
    }
}

Result<> match_destination(Writer& writer, const Row& row) {
    if (row.to == To::any && !row.to_range)
        return {};
    if (row.family == 0 || (row.to_range && row.to_range->first.family != row.family))
        return fail("translate fence row", row.why, EINVAL, "a destination needs its family");
    if (row.to_range) {
        writer.load_destination(row.family);
        writer.in_range(*row.to_range);
        return {};
    }
    writer.load_destination(row.family);
    // Address and port lie in neighbouring 32-bit registers; register 1 is the first four of them.
    if (row.to == To::opened)
        writer.load_payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2,
                            NFT_REG32_00 + static_cast<std::uint32_t>(address_size(row.family) / 4));
    writer.in_set(set_name(row.to, row.family));
    return {};
}

Result<> match_sender(Writer& writer, const Row& row, const Ruleset& ruleset) {
    if (row.sender == Sender::anyone)
        return {};
    writer.load_meta(NFT_META_SKUID);
    writer.compare(std::uint32_t{kEgressUid});
#ifdef ANCHORHOLD_CONTROLS
    if (ruleset.by_uid_alone)
        return {};
#endif
    if (!ruleset.egress || ruleset.egress->number == 0 || ruleset.egress->level == 0)
        return fail("translate fence row", row.why, EINVAL, "egress' cgroup is not known");
    writer.load_cgroup(ruleset.egress->level);
    writer.compare(ruleset.egress->number);
    return {};
}

void match_flow(Writer& writer, Flow flow) {
    const auto state = [&](std::uint32_t bits) {
        writer.load_conntrack(NFT_CT_STATE);
        writer.any_bit(bits);
    };
    const auto direction = [&](std::uint8_t way) {
        writer.load_conntrack(NFT_CT_DIRECTION);
        writer.compare(way);
    };
    switch (flow) {
        case Flow::any:
            break;
        case Flow::opening:
            state(kNew);
            break;
        case Flow::incoming:
            state(kNew | kEstablished);
            direction(0);
            break;
        case Flow::going_on:
            state(kEstablished);
            direction(0);
            writer.load_payload(NFT_PAYLOAD_TRANSPORT_HEADER, kFlagsOfTcp, 1);
            writer.no_bit(kSyn);
            break;
        case Flow::answer:
            state(kEstablished);
            direction(1);
            break;
        case Flow::about:
            state(kRelated);
            break;
        case Flow::broken:
            state(kInvalid);
            break;
        case Flow::captured:
            writer.load_conntrack(NFT_CT_STATUS);
            writer.any_bit(std::uint32_t{IPS_DST_NAT});
            break;
    }
}

void decide(Writer& writer, const Row& row) {
    if (row.verdict == Verdict::reject || row.verdict == Verdict::drop)
        writer.add("counter");
    switch (row.verdict) {
        case Verdict::accept:
            writer.decide(NF_ACCEPT);
            break;
        case Verdict::drop:
            writer.decide(NF_DROP);
            break;
        case Verdict::masquerade:
            writer.add("masq");
            break;
        case Verdict::reject: {
            const bool reset = row.protocol == Protocol::tcp;
            auto* expression = writer.add("reject");
            nftnl_expr_set_u32(expression, NFTNL_EXPR_REJECT_TYPE,
                               reset ? NFT_REJECT_TCP_RST : NFT_REJECT_ICMPX_UNREACH);
            nftnl_expr_set_u8(expression, NFTNL_EXPR_REJECT_CODE, reset ? 0 : NFT_REJECT_ICMPX_ADMIN_PROHIBITED);
            break;
        }
        case Verdict::redirect: {
            const std::uint16_t port = htons(row.redirect_port);
            auto* value = writer.add("immediate");
            nftnl_expr_set_u32(value, NFTNL_EXPR_IMM_DREG, NFT_REG_1);
            nftnl_expr_set(value, NFTNL_EXPR_IMM_DATA, &port, sizeof port);
            nftnl_expr_set_u32(writer.add("redir"), NFTNL_EXPR_REDIR_REG_PROTO_MIN, NFT_REG_1);
            break;
        }
    }
}

void comment(nftnl_rule* rule, std::string_view why) {
    const OwnedUserData data(nftnl_udata_buf_alloc(NFT_USERDATA_MAXLEN));
    if (data == nullptr)
        throw std::bad_alloc();
    nftnl_udata_put_strz(data.get(), NFTNL_UDATA_RULE_COMMENT, std::string(why.substr(0, 127)).c_str());
    nftnl_rule_set_data(rule, NFTNL_RULE_USERDATA, nftnl_udata_buf_data(data.get()), nftnl_udata_buf_len(data.get()));
}

}  // namespace

const char* chain_name(Chain chain) {
    switch (chain) {
        case Chain::capture:
            return "capture";
        case Chain::refuse:
            return "refuse";
        case Chain::input:
            return "input";
        case Chain::forward:
            return "forward";
        case Chain::output:
            return "output";
        case Chain::leave:
            return "leave";
    }
    std::unreachable();
}

const char* set_name(To to, int family) {
    if (to == To::resolvers)
        return family == AF_INET ? "resolvers4" : "resolvers6";
    return family == AF_INET ? "open4" : "open6";
}

Result<OwnedRule> translate(const Row& row, const Ruleset& ruleset) {
    OwnedRule rule(nftnl_rule_alloc());
    if (rule == nullptr)
        throw std::bad_alloc();
    nftnl_rule_set_u32(rule.get(), NFTNL_RULE_FAMILY, NFPROTO_INET);
    nftnl_rule_set_str(rule.get(), NFTNL_RULE_TABLE, kTable);
    nftnl_rule_set_str(rule.get(), NFTNL_RULE_CHAIN, chain_name(row.chain));
    comment(rule.get(), row.why);

    Writer writer(rule.get());
    if (auto ok = match_interface(writer, NFT_META_IIFNAME, row.in, ruleset); !ok)
        return std::unexpected(ok.error());
    if (auto ok = match_interface(writer, NFT_META_OIFNAME, row.out, ruleset); !ok)
        return std::unexpected(ok.error());
    match_protocol(writer, row);
    if (auto ok = match_sender(writer, row, ruleset); !ok)
        return std::unexpected(ok.error());
    match_flow(writer, row.flow);
    if (auto ok = match_destination(writer, row); !ok)
        return std::unexpected(ok.error());
    if (row.beyond != 0)
        writer.beyond(row.beyond);
    decide(writer, row);
    return rule;
}

}  // namespace anchorhold::fw
