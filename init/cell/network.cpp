#include "init/cell/network.hpp"

#include <fcntl.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/addresses.hpp"

namespace anchorhold::cell {
namespace {

template <auto release>
struct Release {
    template <class T>
    void operator()(T* object) const noexcept {
        release(object);
    }
};
using Socket = std::unique_ptr<nl_sock, Release<nl_socket_free>>;
using Link = std::unique_ptr<rtnl_link, Release<rtnl_link_put>>;
using Address = std::unique_ptr<nl_addr, Release<nl_addr_put>>;
using LocalAddress = std::unique_ptr<rtnl_addr, Release<rtnl_addr_put>>;
using Route = std::unique_ptr<rtnl_route, Release<rtnl_route_put>>;

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

std::unexpected<Error> netlink_failure(std::string_view tried, std::string_view object, int wrong) {
    return fail(tried, object, 0, nl_geterror(wrong));
}

Result<> set_ipv6(const std::string& name) {
    for (const auto& [key, value] : kIpv6) {
        const std::string path = "/proc/sys/net/ipv6/conf/" + name + "/" + key;
        const UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
        if (!file || write(file.get(), value, 1) != 1)
            return fail("sysctl", path, errno);
    }
    return {};
}

Result<Socket> connect() {
    Socket socket(nl_socket_alloc());
    if (!socket)
        return fail("netlink", "socket", ENOMEM);
    if (const int wrong = nl_connect(socket.get(), NETLINK_ROUTE); wrong < 0)
        return netlink_failure("netlink", "connect", wrong);
    return socket;
}

struct Inside {
    UniqueFd space;
    Socket socket;
};

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
    auto socket = connect();
    // Going on in the agent's namespace would turn the shield inside out.
    if (setns(home.get(), CLONE_NEWNET) != 0)
        std::abort();
    if (!inside.space)
        return fail("namespace", "/proc/self/ns/net", number);
    if (!furnished)
        return std::unexpected(furnished.error());
    if (!socket)
        return std::unexpected(socket.error());
    inside.socket = std::move(*socket);
    return inside;
}

Result<Link> find_link(nl_sock* socket, const std::string& name) {
    rtnl_link* link = nullptr;
    if (const int wrong = rtnl_link_get_kernel(socket, 0, name.c_str(), &link); wrong < 0)
        return netlink_failure("find link", name, wrong);
    return Link(link);
}

Result<> raise(nl_sock* socket, const std::string& name) {
    auto link = find_link(socket, name);
    if (!link)
        return std::unexpected(link.error());
    const Link change(rtnl_link_alloc());
    rtnl_link_set_flags(change.get(), IFF_UP);
    if (const int wrong = rtnl_link_change(socket, link->get(), change.get(), 0); wrong < 0)
        return netlink_failure("link up", name, wrong);
    return {};
}

Result<Address> parse(const std::string& text) {
    nl_addr* address = nullptr;
    if (const int wrong = nl_addr_parse(text.c_str(), AF_UNSPEC, &address); wrong < 0)
        return netlink_failure("address", text, wrong);
    return Address(address);
}

Result<> add_address(nl_sock* socket, int index, const std::string& text) {
    auto local = parse(text);
    if (!local)
        return std::unexpected(local.error());
    const LocalAddress address(rtnl_addr_alloc());
    rtnl_addr_set_ifindex(address.get(), index);
    rtnl_addr_set_local(address.get(), local->get());
    if (nl_addr_get_family(local->get()) == AF_INET6)
        rtnl_addr_set_flags(address.get(), IFA_F_NODAD);
    if (const int wrong = rtnl_addr_add(socket, address.get(), 0); wrong < 0)
        return netlink_failure("address", text, wrong);
    return {};
}

Result<> add_default_route(nl_sock* socket, int index, const std::string& text) {
    auto gateway = parse(text);
    if (!gateway)
        return std::unexpected(gateway.error());
    const int family = nl_addr_get_family(gateway->get());
    auto everywhere = parse(family == AF_INET ? "0.0.0.0/0" : "::/0");
    if (!everywhere)
        return std::unexpected(everywhere.error());
    const Route route(rtnl_route_alloc());
    rtnl_route_set_family(route.get(), static_cast<std::uint8_t>(family));
    rtnl_route_set_dst(route.get(), everywhere->get());
    rtnl_nexthop* hop = rtnl_route_nh_alloc();
    rtnl_route_nh_set_ifindex(hop, index);
    rtnl_route_nh_set_gateway(hop, gateway->get());
    rtnl_route_add_nexthop(route.get(), hop);
    if (const int wrong = rtnl_route_add(socket, route.get(), 0); wrong < 0)
        return netlink_failure("default route", text, wrong);
    return {};
}

Result<> furnish(nl_sock* socket, const End& end) {
    auto link = find_link(socket, end.name);
    if (!link)
        return std::unexpected(link.error());
    const int index = rtnl_link_get_ifindex(link->get());
    for (const std::string& address : end.addresses) {
        if (auto added = add_address(socket, index, address); !added)
            return added;
    }
    if (auto raised = raise(socket, end.name); !raised)
        return raised;
    for (const std::string& gateway : end.gateways) {
        if (auto added = add_default_route(socket, index, gateway); !added)
            return added;
    }
    return {};
}

Result<> make_pair(nl_sock* socket, int space) {
    if (auto old = find_link(socket, kShield.name)) {
        if (const int wrong = rtnl_link_delete(socket, old->get()); wrong < 0)
            return netlink_failure("remove old link", kShield.name, wrong);
    }
    const Link link(rtnl_link_veth_alloc());
    if (!link)
        return fail("veth", kShield.name, ENOMEM);
    rtnl_link_set_name(link.get(), kShield.name.c_str());
    const Link peer(rtnl_link_veth_get_peer(link.get()));
    rtnl_link_set_name(peer.get(), kCell.name.c_str());
    rtnl_link_set_ns_fd(peer.get(), space);
    if (const int wrong = rtnl_link_add(socket, link.get(), NLM_F_CREATE | NLM_F_EXCL); wrong < 0)
        return netlink_failure("veth", kShield.name, wrong);
    return set_ipv6(kShield.name);
}

}  // namespace

Result<UniqueFd> make_network() {
    auto inside = make_namespace();
    if (!inside)
        return std::unexpected(inside.error());
    auto socket = connect();
    if (!socket)
        return std::unexpected(socket.error());
    if (auto made = make_pair(socket->get(), inside->space.get()); !made)
        return std::unexpected(made.error());
    if (auto done = furnish(socket->get(), kShield); !done)
        return std::unexpected(done.error());
    if (auto done = raise(inside->socket.get(), "lo"); !done)
        return std::unexpected(done.error());
    if (auto done = furnish(inside->socket.get(), kCell); !done)
        return std::unexpected(done.error());
    return std::move(inside->space);
}

}  // namespace anchorhold::cell
