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
    std::array<std::uint8_t, sizeof(fw::OpenRequest) + 1> packet{};
    const ssize_t n = recv(peer.fd.get(), packet.data(), packet.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        peer.watch = Watch();
        peer.fd.reset();
        return;
    }
    const auto request = fw::read_open_request(ByteView(packet).first(static_cast<std::size_t>(n)));
    const fw::OpenReply reply = request ? open_(*request) : request.error().number;
    if (send(peer.fd.get(), &reply, sizeof reply, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
        peer.watch = Watch();
        peer.fd.reset();
    }
}

}  // namespace anchorhold::init
