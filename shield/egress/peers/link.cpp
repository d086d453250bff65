#include "shield/egress/peers/link.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "shield/egress/io/secret.hpp"

namespace anchorhold::egress {
namespace {
constexpr std::chrono::milliseconds kFirstDelay{20};
constexpr std::chrono::milliseconds kMaxDelay{1000};
}  // namespace

Task<> Link::keep(Handlers handlers) {
    on_drained_ = handlers.drained;
    Timer timer(executor_);
    auto delay = kFirstDelay;
    for (;;) {
        if (auto fd = connect_channel(path_); fd) {
            delay = kFirstDelay;
            socket_ = std::make_shared<Descriptor>(executor_, fd->release());
            handlers.up();
            co_await receive(socket_, handlers);
            // Closed before anyone is told, so that a handler that sends finds the peer away.
            boost::system::error_code ignored;
            socket_->close(ignored);
            socket_.reset();
            waiting_.clear();
            handlers.down();
        }
        timer.expires_after(delay);
        (void)co_await timer.async_wait(kAwait);
        delay = std::min(delay * 2, kMaxDelay);
    }
}

Task<> Link::receive(Connection connection, const Handlers& handlers) {
    for (;;) {
        auto message = receive_message(connection->native_handle());
        if (!message && message.error().number == EAGAIN) {
            if (auto [problem] = co_await connection->async_wait(Descriptor::wait_read, kAwait); problem)
                co_return;
            continue;
        }
        if (!message)
            co_return;
        std::optional<json::object>& packet = *message;
        if (!packet)
            co_return;
        if (packet->contains("secret_bytes"))
            if (!co_await receive_secret(connection, handlers, *packet))
                co_return;
        handlers.message(std::move(*packet));
    }
}

Task<bool> Link::receive_secret(Connection connection, const Handlers& handlers, const json::object& message) {
    const auto bytes = integer_member(message, "secret_bytes");
    for (;;) {
        const auto size = anchorhold::receive_secret(connection->native_handle(), handlers.room);
        if (!size && size.error().number == EAGAIN) {
            if (auto [problem] = co_await connection->async_wait(Descriptor::wait_read, kAwait); problem)
                co_return false;
            continue;
        }
        const bool whole = size && bytes && *bytes == static_cast<std::int64_t>(*size);
        if (whole)
            handlers.secret(message, handlers.room.first(*size));
        OPENSSL_cleanse(handlers.room.data(), handlers.room.size());
        co_return whole;
    }
}

Result<> Link::send(const json::object& message) {
    auto text = canonical(message);
    if (!text)
        return std::unexpected(text.error());
    if (text->size() > kMaxPacket)
        return fail("send to", path_, EMSGSIZE, "it is too long to be asked about: push fewer refs at once");
    if (!up())
        return fail("send to", path_, ENOTCONN);
    send(std::move(*text));
    return {};
}

void Link::send(std::string packet) {
    if (!up())
        return;
    waiting_.push_back(std::move(packet));
    while (!draining_ && !waiting_.empty())
        if (!write_first()) {
            draining_ = true;
            spawn(executor_, drain(socket_));
        }
}

// False when the peer does not read just now. A lost peer shows itself to receive().
bool Link::write_first() {
    const std::string& packet = waiting_.front();
    if (::send(socket_->native_handle(), packet.data(), packet.size(), MSG_NOSIGNAL) < 0 && errno == EAGAIN)
        return false;
    waiting_.pop_front();
    return true;
}

Task<> Link::drain(Connection connection) {
    while (connection == socket_ && !waiting_.empty()) {
        if (auto [problem] = co_await connection->async_wait(Descriptor::wait_write, kAwait); problem)
            break;
        while (connection == socket_ && !waiting_.empty() && write_first())
            ;
    }
    draining_ = false;
    if (waiting_.empty() && on_drained_)
        on_drained_();
}

}  // namespace anchorhold::egress
