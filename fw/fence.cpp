#include "fw/fence.hpp"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>

#include "fw/batch.hpp"
#include "fw/translate.hpp"

namespace anchorhold::fw {
namespace {

template <class T>
T made(T owned) {
    if (owned == nullptr)
        throw std::bad_alloc();
    return owned;
}

struct ChainPlace {
    const char* type;
    std::uint32_t hook;
    std::int32_t priority;
    Chain chain;
    bool guarded;  // has the ruleset's policy, else accept
};
// Redirects happen at -100, so what is left over is refused right behind, before routing could lose it silently.
constexpr ChainPlace kChains[] = {
    {"nat", NF_INET_PRE_ROUTING, -100, Chain::capture, false},
    {"filter", NF_INET_PRE_ROUTING, -90, Chain::refuse, false},
    {"filter", NF_INET_LOCAL_IN, 0, Chain::input, true},
    {"filter", NF_INET_FORWARD, 0, Chain::forward, true},
    {"filter", NF_INET_LOCAL_OUT, 0, Chain::output, true},
    {"nat", NF_INET_POST_ROUTING, 100, Chain::leave, false},
};

struct SetShape {
    To to;
    int family;
    std::uint32_t key_type;  // nft(8)'s numbers of datatypes, six bits each: only for who lists the set
    std::uint32_t key_size;
};
constexpr std::uint32_t kIp4Type = 7;
constexpr std::uint32_t kIp6Type = 8;
constexpr std::uint32_t kPortType = 13;
constexpr SetShape kSets[] = {
    {To::resolvers, AF_INET, kIp4Type, 4},
    {To::resolvers, AF_INET6, kIp6Type, 16},
    {To::opened, AF_INET, kIp4Type << 6 | kPortType, 8},
    {To::opened, AF_INET6, kIp6Type << 6 | kPortType, 20},
};
// Bounds what a broken egress can make the kernel hold.
constexpr std::uint32_t kMaxOpenings = 16384;

OwnedSet set_handle(const char* name, std::uint32_t id) {
    auto set = made(OwnedSet(nftnl_set_alloc()));
    nftnl_set_set_str(set.get(), NFTNL_SET_TABLE, kTable);
    nftnl_set_set_str(set.get(), NFTNL_SET_NAME, name);
    nftnl_set_set_u32(set.get(), NFTNL_SET_ID, id);
    return set;
}

nftnl_set_elem* add_element(nftnl_set* set, const void* key, std::size_t size) {
    auto* element = nftnl_set_elem_alloc();
    if (element == nullptr)
        throw std::bad_alloc();
    nftnl_set_elem_set(element, NFTNL_SET_ELEM_KEY, key, static_cast<std::uint32_t>(size));
    nftnl_set_elem_add(set, element);
    return element;
}

void put_table(Batch& batch) {
    auto table = made(OwnedTable(nftnl_table_alloc()));
    nftnl_table_set_u32(table.get(), NFTNL_TABLE_FAMILY, NFPROTO_INET);
    nftnl_table_set_str(table.get(), NFTNL_TABLE_NAME, kTable);
    // Deleting what is not there is an error, so it is made first.
    batch.table(NFT_MSG_NEWTABLE, NLM_F_CREATE, table.get(), "table");
    batch.table(NFT_MSG_DELTABLE, 0, table.get(), "old table");
    batch.table(NFT_MSG_NEWTABLE, NLM_F_CREATE, table.get(), "table");
}

void put_sets(Batch& batch, const Ruleset& ruleset) {
    std::uint32_t id = 0;
    for (const auto& shape : kSets) {
        if (shape.to == To::opened && !ruleset.openings)
            continue;
        const char* name = set_name(shape.to, shape.family);
        auto set = set_handle(name, ++id);
        nftnl_set_set_u32(set.get(), NFTNL_SET_FAMILY, NFPROTO_INET);
        nftnl_set_set_u32(set.get(), NFTNL_SET_KEY_TYPE, shape.key_type);
        nftnl_set_set_u32(set.get(), NFTNL_SET_KEY_LEN, shape.key_size);
        if (shape.to == To::opened) {
            nftnl_set_set_u32(set.get(), NFTNL_SET_FLAGS, NFT_SET_TIMEOUT);
            nftnl_set_set_u32(set.get(), NFTNL_SET_DESC_SIZE, kMaxOpenings);
        }
        batch.set(set.get(), name);
        if (shape.to != To::resolvers)
            continue;
        auto elements = set_handle(name, id);
        bool any = false;
        for (const auto& resolver : ruleset.resolvers) {
            if (resolver.family != shape.family)
                continue;
            add_element(elements.get(), resolver.bytes.data(), address_size(shape.family));
            any = true;
        }
        if (any)
            batch.elements(NFT_MSG_NEWSETELEM, NLM_F_CREATE, elements.get(), name);
    }
}

void put_chains(Batch& batch, const Ruleset& ruleset) {
    for (const auto& place : kChains) {
        const bool used = std::ranges::contains(ruleset.rows, place.chain, &Row::chain);
        if (!used && !place.guarded)
            continue;
        auto chain = made(OwnedChain(nftnl_chain_alloc()));
        nftnl_chain_set_u32(chain.get(), NFTNL_CHAIN_FAMILY, NFPROTO_INET);
        nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_TABLE, kTable);
        nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_NAME, chain_name(place.chain));
        nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_TYPE, place.type);
        nftnl_chain_set_u32(chain.get(), NFTNL_CHAIN_HOOKNUM, place.hook);
        nftnl_chain_set_s32(chain.get(), NFTNL_CHAIN_PRIO, place.priority);
        nftnl_chain_set_u32(chain.get(), NFTNL_CHAIN_POLICY, place.guarded && ruleset.closed ? NF_DROP : NF_ACCEPT);
        batch.chain(chain.get(), std::string("chain ") + chain_name(place.chain));
    }
}

}  // namespace

void Fence::Close::operator()(mnl_socket* socket) const noexcept {
    mnl_socket_close(socket);
}

Result<Fence> Fence::open() {
    Fence fence(mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (fence.socket_ == nullptr)
        return fail("open netlink socket", "nf_tables", errno, "the kernel needs CONFIG_NF_TABLES");
    if (mnl_socket_bind(fence.socket_.get(), 0, MNL_SOCKET_AUTOPID) < 0)
        return fail("bind netlink socket", "nf_tables", errno);
    return fence;
}

Result<> Fence::commit(const Ruleset& ruleset) {
    Batch batch(sequence_);
    put_table(batch);
    put_sets(batch, ruleset);
    put_chains(batch, ruleset);
    for (const auto& row : ruleset.rows) {
        const auto rule = translate(row, ruleset);
        if (!rule)
            return std::unexpected(rule.error());
        batch.rule(rule->get(),
                   std::string("row of chain ") + chain_name(row.chain) + " (" + std::string(row.why) + ")");
    }
    if (auto ok = batch.commit(socket_.get()); !ok)
        return ok;
    const auto standing = count_rules();
    if (!standing)
        return std::unexpected(standing.error());
    if (*standing != ruleset.rows.size())
        return fail("read back fence", "inet anchorhold", EIO,
                    std::to_string(*standing) + " rules stand instead of " + std::to_string(ruleset.rows.size()));
    return {};
}

Result<> Fence::allow(const OpenRequest& request) {
    std::array<std::uint8_t, sizeof request> packet{};
    std::memcpy(packet.data(), &request, sizeof request);
    if (const auto sane = read_open_request(packet); !sane)
        return std::unexpected(sane.error());

    // Address, port, and the padding to whole registers.
    std::array<std::uint8_t, 20> key{};
    const std::size_t size = address_size(request.family);
    std::copy_n(request.address.begin(), size, key.begin());
    key[size] = static_cast<std::uint8_t>(request.port >> 8);
    key[size + 1] = static_cast<std::uint8_t>(request.port & 0xFF);

    const char* name = set_name(To::opened, request.family);
    auto former = set_handle(name, 0);
    nftnl_set_unset(former.get(), NFTNL_SET_ID);
    add_element(former.get(), key.data(), size + 4);
    auto opening = set_handle(name, 0);
    nftnl_set_unset(opening.get(), NFTNL_SET_ID);
    auto* element = add_element(opening.get(), key.data(), size + 4);
    nftnl_set_elem_set_u64(element, NFTNL_SET_ELEM_TIMEOUT, std::uint64_t{request.seconds} * 1000);

    // Kernels before 6.12 leave the time of an element that exists as it is, so it is taken out in the same
    // transaction.
    Batch batch(sequence_);
    batch.elements(NFT_MSG_DESTROYSETELEM, 0, former.get(), name);
    batch.elements(NFT_MSG_NEWSETELEM, NLM_F_CREATE, opening.get(), name);
    auto done = batch.commit(socket_.get());
    if (!done && done.error().number == ENOENT)
        return fail("open fence", name, EPERM, "the fence is closed");
    return done;
}

Result<std::size_t> Fence::count_rules() {
    auto filter = made(OwnedRule(nftnl_rule_alloc()));
    nftnl_rule_set_str(filter.get(), NFTNL_RULE_TABLE, kTable);
    std::array<char, MNL_SOCKET_DUMP_SIZE> buffer{};
    const std::uint32_t sequence = ++sequence_;
    auto* request = nftnl_nlmsg_build_hdr(buffer.data(), NFT_MSG_GETRULE, NFPROTO_INET, NLM_F_DUMP, sequence);
    nftnl_rule_nlmsg_build_payload(request, filter.get());
    if (mnl_socket_sendto(socket_.get(), request, request->nlmsg_len) < 0)
        return fail("ask nf_tables for", "rules", errno);
    std::size_t rules = 0;
    for (;;) {
        const ssize_t size = mnl_socket_recvfrom(socket_.get(), buffer.data(), buffer.size());
        if (size < 0)
            return fail("read from nf_tables", "rules", errno);
        int left = static_cast<int>(size);
        for (const auto* header = reinterpret_cast<const nlmsghdr*>(buffer.data()); mnl_nlmsg_ok(header, left);
             header = mnl_nlmsg_next(header, &left)) {
            if (header->nlmsg_seq != sequence)
                continue;
            if (header->nlmsg_type == NLMSG_DONE)
                return rules;
            if (header->nlmsg_type == NLMSG_ERROR) {
                const int number = -static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(header))->error;
                if (number == ENOENT)
                    return 0;
                return fail("ask nf_tables for", "rules", number);
            }
            ++rules;
        }
    }
}

}  // namespace anchorhold::fw
