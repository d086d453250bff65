// The fence in the kernel: the nftables table `inet anchorhold` of this network namespace, by libnftnl (netlink, no nft
// program). Needs CAP_NET_ADMIN. Answers at once: netlink works inside the call, nobody else is waited for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "fw/fence_wire.hpp"
#include "fw/ruleset.hpp"

struct mnl_socket;

namespace anchorhold::fw {

class Fence {
  public:
    static Result<Fence> open();

    // Replaces the whole table in one transaction, what allow() opened included: after an error the former ruleset
    // stands unchanged. Reads the number of rules back; EIO when the kernel holds another number than was committed.
    Result<> commit(const Ruleset& ruleset);

    // Opens one address and port for egress. EINVAL for a request out of bounds, EPERM when the fence is closed.
    Result<> allow(const OpenRequest& request);

    // How many rules the table has now; 0 when there is no table.
    Result<std::size_t> count_rules();

  private:
    struct Close {
        void operator()(mnl_socket* socket) const noexcept;
    };
    explicit Fence(mnl_socket* socket) : socket_(socket) {}
    std::unique_ptr<mnl_socket, Close> socket_;
    std::uint32_t sequence_ = 0;
};

}  // namespace anchorhold::fw
