#include "shield/message/channel_connection.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>

namespace anchorhold {

Result<std::unique_ptr<ChannelConnection>> ChannelConnection::open(EventLoop& loop, UniqueFd fd, Handlers handlers,
                                                                   std::size_t max_queued) {
    std::unique_ptr<ChannelConnection> made(
        new ChannelConnection(loop, std::move(fd), std::move(handlers), max_queued));
    if (auto ok = made->watch(false); !ok)
        return std::unexpected(ok.error());
    return made;
}

// epoll(7) takes a descriptor once, so one watch serves both directions. One handler a turn, and nothing after it: it
// may have destroyed this.
Result<> ChannelConnection::watch(bool also_writing) {
    watch_ = {};
    const std::uint32_t events = also_writing ? EPOLLIN | EPOLLOUT : EPOLLIN;
    auto watch = loop_.on_io(fd_.get(), events, [this](std::uint32_t ready) {
        if ((ready & EPOLLOUT) != 0)
            flush();
        if ((ready & ~std::uint32_t{EPOLLOUT}) != 0)
            receive();
        else if (drained() && handlers_.drained)
            handlers_.drained();
    });
    if (!watch)
        return std::unexpected(watch.error());
    watch_ = std::move(*watch);
    writing_ = also_writing;
    return {};
}

void ChannelConnection::receive() {
    auto received = receive_message(fd_.get());
    if (!received) {
        const int number = received.error().number;
        if (number != EAGAIN && number != EINTR)
            handlers_.closed(number == ECONNRESET ? std::string() : received.error().text());
        return;
    }
    std::optional<json::object>& message = *received;
    if (message)
        handlers_.message(std::move(*message));
    else
        handlers_.closed({});
}

void ChannelConnection::send(const json::object& message, std::span<const char> secret) {
    auto packet = packet_of(message);
    if (!packet)
        return cut_off();
    send(std::move(*packet), secret);
}

void ChannelConnection::send(std::string packet, std::span<const char> secret) {
    if (queue_.size() >= max_queued_)
        return cut_off();
    queue_.push_back({.text = std::move(packet)});
    if (!secret.empty())
        queue_.push_back({.text = {}, .secret = secret});
    flush();
}

void ChannelConnection::send_latest(const json::object& message) {
    auto packet = packet_of(message);
    if (!packet)
        return cut_off();
    latest_ = std::move(*packet);
    flush();
}

// False when the peer does not read just now. One that cannot be written to is cut off, which shows in receive().
bool ChannelConnection::write(std::span<const char> packet) {
    if (::send(fd_.get(), packet.data(), packet.size(), MSG_NOSIGNAL) >= 0)
        return true;
    if (errno == EAGAIN)
        return false;
    cut_off();
    return true;
}

void ChannelConnection::flush() {
    while (!queue_.empty() &&
           write(queue_.front().secret.empty() ? std::span<const char>(queue_.front().text) : queue_.front().secret))
        queue_.pop_front();
    if (queue_.empty() && latest_ && write(*latest_))
        latest_.reset();
    if (drained() == writing_ && !watch(!drained()))
        cut_off();
}

void ChannelConnection::cut_off() {
    shutdown(fd_.get(), SHUT_RDWR);
}

}  // namespace anchorhold
