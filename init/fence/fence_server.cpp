#include "init/fence/fence_server.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace anchorhold::init {

Result<std::unique_ptr<FenceServer>> FenceServer::create(EventLoop& loop, int listener, uid_t only, Open open) {
    std::unique_ptr<FenceServer> server(new FenceServer(loop, listener, only, std::move(open)));
    auto watch = loop.on_io(listener, EPOLLIN, [raw = server.get()](std::uint32_t) { raw->accept_one(); });
    if (!watch)
        return std::unexpected(watch.error());
    server->watch_ = std::move(*watch);
    return server;
}

void FenceServer::accept_one() {
    UniqueFd fd(accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    ucred who{};
    socklen_t size = sizeof who;
    if (!fd || getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &who, &size) < 0 || who.uid != only_)
        return;
    const auto free = std::ranges::find_if(peers_, [](const Peer& peer) { return !peer.fd; });
    if (free == peers_.end())
        return;
    auto watch = loop_.on_io(fd.get(), EPOLLIN, [this, &peer = *free](std::uint32_t) { answer(peer); });
    if (!watch)
        return;
    free->fd = std::move(fd);
    free->watch = std::move(*watch);
}

void FenceServer::answer(Peer& peer) {
    // One byte of room more than a request has: a longer packet is seen as such.
    struct {
        fw::OpenRequest request;
        std::uint8_t more;
    } packet{};
    const ssize_t n = recv(peer.fd.get(), &packet, sizeof packet.request + 1, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        peer.watch = Watch();
        peer.fd.reset();
        return;
    }
    const fw::OpenReply reply = n == sizeof packet.request ? open_(packet.request) : EBADMSG;
    if (send(peer.fd.get(), &reply, sizeof reply, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
        peer.watch = Watch();
        peer.fd.reset();
    }
}

}  // namespace anchorhold::init
