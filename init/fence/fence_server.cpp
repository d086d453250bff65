#include "init/fence/fence_server.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace anchorhold::init {

Result<std::unique_ptr<FenceServer>> FenceServer::create(EventLoop& loop, const Timers& timers, int listener,
                                                         uid_t only, Callbacks callbacks) {
    std::unique_ptr<FenceServer> server(new FenceServer(loop, timers, listener, only, std::move(callbacks)));
    if (auto listening = server->listen(); !listening)
        return std::unexpected(listening.error());
    return server;
}

Result<> FenceServer::listen() {
    auto watch = loop_.on_io(listener_, EPOLLIN, [this](std::uint32_t) { accept_one(); });
    if (!watch)
        return std::unexpected(watch.error());
    watch_ = std::move(*watch);
    return {};
}

void FenceServer::accept_one() {
    UniqueFd fd(accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED))
        return;
    auto taken = fd ? take(std::move(fd)) : fail("accept a connection to", "the fence", errno);
    if (!taken)
        return pause(taken.error());
    told_ = false;
}

Result<> FenceServer::take(UniqueFd fd) {
    ucred who{};
    socklen_t size = sizeof who;
    if (getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &who, &size) < 0)
        return fail("ask who connects to", "the fence", errno);
    if (who.uid != only_)
        return {};
    const auto free = std::ranges::find_if(peers_, [](const Peer& peer) { return !peer.fd; });
    if (free == peers_.end())
        return fail("accept a connection to", "the fence", EUSERS, "egress holds all that there are");
    auto watch = loop_.on_io(fd.get(), EPOLLIN, [this, &peer = *free](std::uint32_t) { answer(peer); });
    if (!watch)
        return std::unexpected(watch.error());
    free->fd = std::move(fd);
    free->watch = std::move(*watch);
    return {};
}

// A listener that cannot be served stays readable: without a pause PID 1 would do nothing else.
void FenceServer::pause(const Error& error) {
    if (!std::exchange(told_, true))
        callbacks_.failed(error);
    watch_ = Watch();
    timers_.set(pause_, kPause, [this] {
        if (auto listening = listen(); !listening)
            pause(listening.error());
    });
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
    const fw::OpenReply reply = request ? callbacks_.open(*request) : request.error().number;
    if (send(peer.fd.get(), &reply, sizeof reply, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
        peer.watch = Watch();
        peer.fd.reset();
    }
}

}  // namespace anchorhold::init
