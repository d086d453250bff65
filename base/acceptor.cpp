#include "base/acceptor.hpp"

#include <fcntl.h>
#include <sys/epoll.h>

#include <cerrno>
#include <cstdlib>
#include <iostream>

namespace anchorhold {
namespace {

constexpr std::chrono::milliseconds kPause{200};
constexpr int kMaxAtOnce = 64;  // then others have their turn

}  // namespace

Result<std::unique_ptr<Acceptor>> Acceptor::start(EventLoop& loop, UniqueFd listener, std::string what, Take take) {
    // Of what init or a person made; it is read until nobody waits.
    if (fcntl(listener.get(), F_SETFL, O_NONBLOCK) < 0)
        return fail("make non-blocking", "listener for " + what, errno);
    std::unique_ptr<Acceptor> made(new Acceptor(loop, std::move(listener), std::move(what), std::move(take)));
    if (auto ok = made->watch(); !ok)
        return std::unexpected(ok.error());
    return made;
}

Result<> Acceptor::watch() {
    auto watch = loop_.on_io(listener_.get(), EPOLLIN, [this](std::uint32_t) { accept_all(); });
    if (!watch)
        return std::unexpected(watch.error());
    watch_ = std::move(*watch);
    return {};
}

void Acceptor::accept_all() {
    for (int taken = 0; taken < kMaxAtOnce; ++taken) {
        sockaddr_storage peer{};
        socklen_t size = sizeof peer;
        UniqueFd connection(
            accept4(listener_.get(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (connection) {
            take_(std::move(connection), peer);
            continue;
        }
        if (errno == EAGAIN)
            return;
        // The connection that was next has gone by itself: accept(2), "Error handling".
        if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO || errno == EPERM)
            continue;
        return pause(errno);
    }
}

void Acceptor::pause(int number) {
    std::cerr << fail("accept", what_, number).error().text() << '\n';
    watch_ = {};
    auto timer = loop_.after(kPause, [this] {
        if (auto ok = watch(); !ok) {
            std::cerr << ok.error().text() << '\n';
            loop_.stop(EXIT_FAILURE);
        }
    });
    if (timer)
        watch_ = std::move(*timer);
    else
        loop_.stop(EXIT_FAILURE);
}

}  // namespace anchorhold
