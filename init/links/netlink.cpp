#include "init/links/netlink.hpp"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/errno.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/route.h>

#include <cerrno>
#include <memory>

namespace anchorhold::init::netlink {
namespace {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};
using Socket = std::unique_ptr<nl_sock, Freed<nl_socket_free>>;
using Address = std::unique_ptr<nl_addr, Freed<nl_addr_put>>;

// libnl has numbers of its own; the errno behind them is what people look up.
int errno_of(int code) {
    switch (-code) {
        case NLE_EXIST:
            return EEXIST;
        case NLE_PERM:
            return EPERM;
        case NLE_NODEV:
        case NLE_OBJ_NOTFOUND:
            return ENODEV;
        case NLE_NOMEM:
            return ENOMEM;
        case NLE_INVAL:
            return EINVAL;
        default:
            return EIO;
    }
}

std::unexpected<Error> failed(std::string_view tried, const std::string& object, int code) {
    const int number = errno_of(code);
    return fail(tried, object, number, number == EIO ? nl_geterror(code) : "");
}

Result<Socket> connect() {
    Socket socket(nl_socket_alloc());
    if (!socket)
        return fail("open netlink", "", ENOMEM);
    if (const int r = nl_connect(socket.get(), NETLINK_ROUTE); r < 0)
        return failed("open netlink", "", r);
    return socket;
}

Result<int> index_of(const std::string& link) {
    const unsigned index = if_nametoindex(link.c_str());
    if (index == 0)
        return fail("find link", link, errno);
    return static_cast<int>(index);
}

Result<Address> parse(const std::string& text, int family) {
    nl_addr* address = nullptr;
    if (const int r = nl_addr_parse(text.c_str(), family, &address); r < 0)
        return failed("parse address", text, r);
    return Address(address);
}

}  // namespace

Result<> raise_link(const std::string& name) {
    const auto socket = connect();
    if (!socket)
        return std::unexpected(socket.error());
    const auto index = index_of(name);
    if (!index)
        return std::unexpected(index.error());
    const std::unique_ptr<rtnl_link, Freed<rtnl_link_put>> link(rtnl_link_alloc());
    const std::unique_ptr<rtnl_link, Freed<rtnl_link_put>> change(rtnl_link_alloc());
    if (!link || !change)
        return fail("raise link", name, ENOMEM);
    rtnl_link_set_ifindex(link.get(), *index);
    rtnl_link_set_flags(change.get(), IFF_UP);
    if (const int r = rtnl_link_change(socket->get(), link.get(), change.get(), 0); r < 0)
        return failed("raise link", name, r);
    return {};
}

Result<> add_address(const std::string& link, const std::string& prefix) {
    const auto socket = connect();
    if (!socket)
        return std::unexpected(socket.error());
    const auto index = index_of(link);
    if (!index)
        return std::unexpected(index.error());
    const auto local = parse(prefix, AF_UNSPEC);
    if (!local)
        return std::unexpected(local.error());
    const std::unique_ptr<rtnl_addr, Freed<rtnl_addr_put>> address(rtnl_addr_alloc());
    if (!address)
        return fail("add address", prefix, ENOMEM);
    rtnl_addr_set_ifindex(address.get(), *index);
    rtnl_addr_set_local(address.get(), local->get());
    // The host assigned it: no second of waiting for duplicate detection.
    if (nl_addr_get_family(local->get()) == AF_INET6)
        rtnl_addr_set_flags(address.get(), IFA_F_NODAD);
    if (const int r = rtnl_addr_add(socket->get(), address.get(), 0); r < 0)
        return failed("add address", prefix + " on " + link, r);
    return {};
}

Result<> add_default_route(const std::string& link, const std::string& gateway) {
    const auto socket = connect();
    if (!socket)
        return std::unexpected(socket.error());
    const auto index = index_of(link);
    if (!index)
        return std::unexpected(index.error());
    const auto via = parse(gateway, AF_UNSPEC);
    if (!via)
        return std::unexpected(via.error());
    const int family = nl_addr_get_family(via->get());
    const auto everywhere = parse(family == AF_INET6 ? "::/0" : "0.0.0.0/0", family);
    if (!everywhere)
        return std::unexpected(everywhere.error());
    const std::unique_ptr<rtnl_route, Freed<rtnl_route_put>> route(rtnl_route_alloc());
    rtnl_nexthop* hop = rtnl_route_nh_alloc();
    if (!route || hop == nullptr)
        return fail("add default route", gateway, ENOMEM);
    rtnl_route_nh_set_ifindex(hop, *index);
    rtnl_route_nh_set_gateway(hop, via->get());
    rtnl_route_add_nexthop(route.get(), hop);
    rtnl_route_set_family(route.get(), static_cast<std::uint8_t>(family));
    rtnl_route_set_dst(route.get(), everywhere->get());
    if (const int r = rtnl_route_add(socket->get(), route.get(), 0); r < 0)
        return failed("add default route", "via " + gateway + " on " + link, r);
    return {};
}

}  // namespace anchorhold::init::netlink
