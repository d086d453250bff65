#include "init/netlink/netlink.hpp"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/errno.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/route.h>

#include <cerrno>

namespace anchorhold::netlink {
namespace {

using Link = Owned<rtnl_link, rtnl_link_put>;
using Address = Owned<nl_addr, nl_addr_put>;

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

}  // namespace

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

Result<int> index_of(const Socket& socket, const std::string& link) {
    rtnl_link* found = nullptr;
    if (const int r = rtnl_link_get_kernel(socket.get(), 0, link.c_str(), &found); r < 0)
        return failed("find link", link, r);
    return rtnl_link_get_ifindex(Link(found).get());
}

namespace {

Result<Address> parse(const std::string& text, int family) {
    nl_addr* address = nullptr;
    if (const int r = nl_addr_parse(text.c_str(), family, &address); r < 0)
        return failed("parse address", text, r);
    return Address(address);
}

}  // namespace

Result<> raise_link(const Socket& socket, const std::string& name) {
    const auto index = index_of(socket, name);
    if (!index)
        return std::unexpected(index.error());
    const Link link(rtnl_link_alloc());
    const Link change(rtnl_link_alloc());
    if (!link || !change)
        return fail("raise link", name, ENOMEM);
    rtnl_link_set_ifindex(link.get(), *index);
    rtnl_link_set_flags(change.get(), IFF_UP);
    if (const int r = rtnl_link_change(socket.get(), link.get(), change.get(), 0); r < 0)
        return failed("raise link", name, r);
    return {};
}

Result<> add_address(const Socket& socket, const std::string& link, const std::string& prefix) {
    const auto index = index_of(socket, link);
    if (!index)
        return std::unexpected(index.error());
    const auto local = parse(prefix, AF_UNSPEC);
    if (!local)
        return std::unexpected(local.error());
    const Owned<rtnl_addr, rtnl_addr_put> address(rtnl_addr_alloc());
    if (!address)
        return fail("add address", prefix, ENOMEM);
    rtnl_addr_set_ifindex(address.get(), *index);
    rtnl_addr_set_local(address.get(), local->get());
    if (nl_addr_get_family(local->get()) == AF_INET6)
        rtnl_addr_set_flags(address.get(), IFA_F_NODAD);
    if (const int r = rtnl_addr_add(socket.get(), address.get(), 0); r < 0)
        return failed("add address", prefix + " on " + link, r);
    return {};
}

Result<> add_default_route(const Socket& socket, const std::string& link, const std::string& gateway) {
    const auto index = index_of(socket, link);
    if (!index)
        return std::unexpected(index.error());
    const auto via = parse(gateway, AF_UNSPEC);
    if (!via)
        return std::unexpected(via.error());
    const int family = nl_addr_get_family(via->get());
    const auto everywhere = parse(family == AF_INET6 ? "::/0" : "0.0.0.0/0", family);
    if (!everywhere)
        return std::unexpected(everywhere.error());
    const Owned<rtnl_route, rtnl_route_put> route(rtnl_route_alloc());
    rtnl_nexthop* hop = rtnl_route_nh_alloc();
    if (!route || hop == nullptr)
        return fail("add default route", gateway, ENOMEM);
    rtnl_route_nh_set_ifindex(hop, *index);
    rtnl_route_nh_set_gateway(hop, via->get());
    rtnl_route_add_nexthop(route.get(), hop);
    rtnl_route_set_family(route.get(), static_cast<std::uint8_t>(family));
    rtnl_route_set_dst(route.get(), everywhere->get());
    if (const int r = rtnl_route_add(socket.get(), route.get(), 0); r < 0)
        return failed("add default route", "via " + gateway + " on " + link, r);
    return {};
}

}  // namespace anchorhold::netlink
