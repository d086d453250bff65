#include "shield/egress/listeners.hpp"

#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "shield/egress/io/signal.hpp"
#include "shield/egress/session.hpp"

namespace anchorhold::egress {
namespace {

constexpr int kMaxConnections = 1024;

using Endpoint = asio::ip::tcp::endpoint;

// conntrack remembers the destination before the redirect (SO_ORIGINAL_DST, IP6T_SO_ORIGINAL_DST).
std::optional<Endpoint> dialled(int fd) {
    sockaddr_in v4{};
    socklen_t size = sizeof v4;
    if (getsockopt(fd, SOL_IP, SO_ORIGINAL_DST, &v4, &size) == 0)
        return Endpoint(asio::ip::address_v4(ntohl(v4.sin_addr.s_addr)), ntohs(v4.sin_port));
    sockaddr_in6 v6{};
    size = sizeof v6;
    if (getsockopt(fd, SOL_IPV6, IP6T_SO_ORIGINAL_DST, &v6, &size) < 0)
        return std::nullopt;
    asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return Endpoint(asio::ip::address_v6(bytes), ntohs(v6.sin6_port));
}

// How many are open, and that one fewer is.
struct Open {
    explicit Open(Executor executor) : fewer(executor) {}
    int count = 0;
    Signal fewer;
};

Task<> serve(Services& services, Socket socket, Endpoint to, Open& open) {
    co_await serve_connection(services, std::move(socket), to);
    --open.count;
    open.fewer.set();
}

}  // namespace

Task<> accept_redirected(Services& services, UniqueFd fd) {
    Acceptor listener(services.conversations.executor);
    listener.assign(asio::ip::tcp::v6(), fd.release());  // the family is only needed to open one
    Open open(services.conversations.executor);
    for (;;) {
        // Beyond the limit clients wait in the kernel's queue: a connection that is closed at once tells nobody why.
        while (open.count >= kMaxConnections)
            co_await open.fewer.wait();
        auto [problem, socket] = co_await listener.async_accept(kAwait);
        if (problem) {
            co_await breathe(services.conversations.executor);
            continue;
        }
        const auto to = dialled(socket.native_handle());
        if (!to)
            continue;
        ++open.count;
        spawn(services.conversations.executor, serve(services, std::move(socket), *to, open));
    }
}

}  // namespace anchorhold::egress
