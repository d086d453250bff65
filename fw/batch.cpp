#include "fw/batch.hpp"

#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <array>
#include <cerrno>
#include <utility>

namespace anchorhold::fw {
namespace {

// Beyond any message here: the largest is the set of resolvers.
constexpr std::size_t kRoom = std::size_t{64} * 1024;

}  // namespace

Batch::Batch(std::uint32_t& sequence) : sequence_(sequence), first_(sequence + 1), bytes_(kRoom) {
    end(nftnl_batch_begin(bytes_.data(), ++sequence_));
    objects_.emplace_back("transaction");
}

nlmsghdr* Batch::begin(std::uint16_t type, std::uint16_t flags, std::string object) {
    if (bytes_.size() - used_ < kRoom)
        bytes_.resize(used_ + 2 * kRoom);
    last_ = used_;
    objects_.push_back(std::move(object));
    return nftnl_nlmsg_build_hdr(bytes_.data() + used_, type, NFPROTO_INET, flags, ++sequence_);
}

void Batch::end(const nlmsghdr* header) {
    used_ += (std::size_t{header->nlmsg_len} + NLMSG_ALIGNTO - 1) / NLMSG_ALIGNTO * NLMSG_ALIGNTO;
}

void Batch::table(std::uint16_t type, std::uint16_t flags, const nftnl_table* table, std::string object) {
    auto* header = begin(type, flags, std::move(object));
    nftnl_table_nlmsg_build_payload(header, table);
    end(header);
}

void Batch::chain(const nftnl_chain* chain, std::string object) {
    auto* header = begin(NFT_MSG_NEWCHAIN, NLM_F_CREATE, std::move(object));
    nftnl_chain_nlmsg_build_payload(header, chain);
    end(header);
}

void Batch::rule(nftnl_rule* rule, std::string object) {
    auto* header = begin(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, std::move(object));
    nftnl_rule_nlmsg_build_payload(header, rule);
    end(header);
}

void Batch::set(nftnl_set* set, std::string object) {
    auto* header = begin(NFT_MSG_NEWSET, NLM_F_CREATE, std::move(object));
    nftnl_set_nlmsg_build_payload(header, set);
    end(header);
}

void Batch::elements(std::uint16_t type, std::uint16_t flags, nftnl_set* set, std::string object) {
    auto* header = begin(type, flags, std::move(object));
    nftnl_set_elems_nlmsg_build_payload(header, set);
    end(header);
}

std::string Batch::object_of(std::uint32_t sequence) const {
    const std::size_t index = sequence - first_;
    return index < objects_.size() ? objects_[index] : "transaction";
}

Result<> Batch::commit(mnl_socket* socket) {
    // Refusals come without being asked for; one acknowledgement says that the whole was taken.
    reinterpret_cast<nlmsghdr*>(bytes_.data() + last_)->nlmsg_flags |= NLM_F_ACK;
    const std::uint32_t acknowledged = sequence_;
    if (bytes_.size() - used_ < kRoom)
        bytes_.resize(used_ + kRoom);
    end(nftnl_batch_end(bytes_.data() + used_, ++sequence_));

    if (mnl_socket_sendto(socket, bytes_.data(), used_) < 0)
        return fail("send to nf_tables", "transaction", errno);
    bool taken = false;
    std::array<char, MNL_SOCKET_DUMP_SIZE> answer{};
    // The kernel has worked it off within sendto(2): every answer is there, and none is waited for.
    for (;;) {
        const ssize_t size = mnl_socket_recvfrom(socket, answer.data(), answer.size());
        if (size < 0 && errno == EAGAIN)
            break;
        if (size < 0)
            return fail("receive from nf_tables", "transaction", errno);
        int left = static_cast<int>(size);
        for (const auto* header = reinterpret_cast<const nlmsghdr*>(answer.data()); mnl_nlmsg_ok(header, left);
             header = mnl_nlmsg_next(header, &left)) {
            // Numbers outside this transaction answer an earlier one that failed.
            if (header->nlmsg_type != NLMSG_ERROR || header->nlmsg_seq - first_ > sequence_ - first_)
                continue;
            const int number = -static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(header))->error;
            if (number != 0)
                return fail("commit to nf_tables", object_of(header->nlmsg_seq), number);
            taken = taken || header->nlmsg_seq == acknowledged;
        }
    }
    if (!taken)
        return fail("commit to nf_tables", "transaction", EIO, "the kernel did not acknowledge it");
    return {};
}

}  // namespace anchorhold::fw
