#include "init/cell/network.hpp"

#include <fcntl.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/addresses.hpp"
#include "base/freed.hpp"
#include "init/netlink/netlink.hpp"

namespace anchorhold::cell {
namespace {

using Link = Owned<rtnl_link, rtnl_link_put>;

struct End {
    std::string name;
    std::array<std::string, 2> addresses;
    std::vector<std::string> gateways;
};

std::array<std::string, 2> on_link(const BothFamilies& address) {
    return {std::string(address.v4).append(kLinkLength.v4), std::string(address.v6).append(kLinkLength.v6)};
}
const End kShield{.name = std::string(kShieldLink), .addresses = on_link(kShieldEnd), .gateways = {}};
const End kCell{.name = std::string(kCellLink),
                .addresses = on_link(kCellEnd),
                .gateways = {std::string(kShieldEnd.v4), std::string(kShieldEnd.v6)}};

// No router's word is taken, no address is made up, none is waited for.
constexpr std::array<std::array<const char*, 2>, 4> kIpv6{{
    {"accept_ra", "0"},
    {"addr_gen_mode", "1"},
    {"accept_dad", "0"},
    {"router_solicitations", "0"},
}};

Result<> set_ipv6(const std::string& name) {
    for (const auto& [key, value] : kIpv6) {
        const std::string path = "/proc/sys/net/ipv6/conf/" + name + "/" + key;
        const UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
        if (!file || write(file.get(), value, 1) != 1)
            return fail("sysctl", path, errno);
    }
    return {};
}

struct Inside {
    UniqueFd space;
    netlink::Socket socket;
};

// Going on in the agent's namespace would turn the shield inside out.
void go_home(const UniqueFd& home) {
    if (setns(home.get(), CLONE_NEWNET) != 0)
        std::abort();
}

// A socket stays in the namespace it was made in, so one short visit is enough.
Result<Inside> make_namespace() {
    const UniqueFd home(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!home)
        return fail("namespace", "/proc/self/ns/net", errno);
    if (unshare(CLONE_NEWNET) != 0)
        return fail("namespace", "network", errno);
    Inside inside{.space = UniqueFd(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)), .socket = nullptr};
    const int number = errno;
    auto furnished = set_ipv6("default");
    auto socket = netlink::connect();
    go_home(home);
    if (!inside.space)
        return fail("namespace", "/proc/self/ns/net", number);
    if (!furnished)
        return std::unexpected(furnished.error());
    if (!socket)
        return std::unexpected(socket.error());
    inside.socket = std::move(*socket);
    return inside;
}

Result<> furnish(const netlink::Socket& socket, const End& end) {
    for (const std::string& address : end.addresses) {
        if (auto added = netlink::add_address(socket, end.name, address); !added)
            return added;
    }
    if (auto raised = netlink::raise_link(socket, end.name); !raised)
        return raised;
    for (const std::string& gateway : end.gateways) {
        if (auto added = netlink::add_default_route(socket, end.name, gateway); !added)
            return added;
    }
    return {};
}

Result<> make_veth(const netlink::Socket& socket, int space) {
    const Link link(rtnl_link_veth_alloc());
    const Link old(rtnl_link_alloc());
    if (!link || !old)
        return fail("make link", kShield.name, ENOMEM);
    if (const auto index = netlink::index_of(socket, kShield.name)) {
        rtnl_link_set_ifindex(old.get(), *index);
        if (const int r = rtnl_link_delete(socket.get(), old.get()); r < 0)
            return netlink::failed("remove old link", kShield.name, r);
    }
    rtnl_link_set_name(link.get(), kShield.name.c_str());
    const Link peer(rtnl_link_veth_get_peer(link.get()));
    rtnl_link_set_name(peer.get(), kCell.name.c_str());
    rtnl_link_set_ns_fd(peer.get(), space);
    if (const int r = rtnl_link_add(socket.get(), link.get(), NLM_F_CREATE | NLM_F_EXCL); r < 0)
        return netlink::failed("make link", kShield.name, r);
    return set_ipv6(kShield.name);
}

}  // namespace

Result<> inside_network(int space, const std::function<void()>& work) {
    const UniqueFd home(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!home)
        return fail("namespace", "/proc/self/ns/net", errno);
    if (setns(space, CLONE_NEWNET) != 0)
        return fail("namespace", "network", errno);
    work();
    go_home(home);
    return {};
}

Result<UniqueFd> make_network() {
    auto inside = make_namespace();
    if (!inside)
        return std::unexpected(inside.error());
    auto socket = netlink::connect();
    if (!socket)
        return std::unexpected(socket.error());
    if (auto made = make_veth(*socket, inside->space.get()); !made)
        return std::unexpected(made.error());
    if (auto done = furnish(*socket, kShield); !done)
        return std::unexpected(done.error());
    if (auto done = netlink::raise_link(inside->socket, "lo"); !done)
        return std::unexpected(done.error());
    if (auto done = furnish(inside->socket, kCell); !done)
        return std::unexpected(done.error());
    return std::move(inside->space);
}

}  // namespace anchorhold::cell
