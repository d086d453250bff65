#include "shield/egress/io/stream.hpp"

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace anchorhold::egress {

std::string tls_problem() {
    const unsigned long code = ERR_peek_last_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    ERR_clear_error();
    return reason == nullptr ? "unknown failure" : reason;
}

Stream::Stream(Socket socket, Deadlines& deadlines) : Watched(deadlines), socket_(std::move(socket)) {
    boost::system::error_code ignored;
    socket_.native_non_blocking(true, ignored);
    const int on = 1;
    setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Task<Result<>> Stream::wait(Socket::wait_type what) {
    if (broken_)
        co_return fail("use connection", "", expired() ? ETIMEDOUT : ECANCELED);
    auto [problem] = co_await socket_.async_wait(what, kAwait);
    if (expired())
        co_return fail("wait for connection", "", ETIMEDOUT);
    if (problem)
        co_return fail("wait for connection", "", problem.value());
    co_return Result<>{};
}

// After an OpenSSL call that did not succeed: waits for what it wants, or says why it cannot go on.
Task<Result<>> Stream::settle(int status, std::string_view tried, bool& end) {
    const int number = errno;
    end = false;
    switch (SSL_get_error(ssl_.get(), status)) {
        case SSL_ERROR_WANT_READ:
            co_return co_await wait(Socket::wait_read);
        case SSL_ERROR_WANT_WRITE:
            co_return co_await wait(Socket::wait_write);
        case SSL_ERROR_ZERO_RETURN:
            end = true;
            co_return Result<>{};
        case SSL_ERROR_SYSCALL:
            ERR_clear_error();
            broken_ = true;
            co_return fail(tried, "TLS connection", number == 0 ? ECONNRESET : number);
        default:
            broken_ = true;
            ragged_ = ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
            co_return fail(tried, "TLS connection", 0, tls_problem());
    }
}

Task<Result<>> Stream::handshake(SslPtr ssl) {
    ssl_ = std::move(ssl);
    if (SSL_set_fd(ssl_.get(), fd()) != 1)
        co_return fail("set up", "TLS connection", 0, tls_problem());
    for (bool end = false;;) {
        ERR_clear_error();
        const int status = SSL_do_handshake(ssl_.get());
        if (status == 1)
            co_return Result<>{};
        if (auto ok = co_await settle(status, "agree on", end); !ok || end)
            co_return ok ? fail("agree on", "TLS connection", ECONNRESET) : ok;
        restart();  // many at once on a busy machine are slow, not silent
    }
}

Task<Result<std::size_t>> Stream::read(std::span<char> into, bool expecting) {
    if (expecting && (!ssl_ || SSL_has_pending(ssl_.get()) == 0))
        if (auto ok = co_await wait(Socket::wait_read); !ok)
            co_return std::unexpected(std::move(ok.error()));
    if (ssl_) {
        for (;;) {
            if (broken_)
                co_return fail("read from", "connection", expired() ? ETIMEDOUT : ECANCELED);
            std::size_t size = 0;
            ERR_clear_error();
            const int status = SSL_read_ex(ssl_.get(), into.data(), into.size(), &size);
            if (status == 1) {
                received_ += size;
                co_return size;
            }
            bool end = false;
            if (auto ok = co_await settle(status, "read from", end); !ok)
                co_return std::unexpected(std::move(ok.error()));
            if (end)
                co_return std::size_t{0};
        }
    }
    for (;;) {
        const ssize_t size = broken_ ? -1 : recv(fd(), into.data(), into.size(), 0);
        if (size >= 0) {
            received_ += static_cast<std::size_t>(size);
            co_return static_cast<std::size_t>(size);
        }
        if (errno != EAGAIN && errno != EINTR && !broken_)
            co_return fail("read from", "connection", errno);
        if (auto ok = co_await wait(Socket::wait_read); !ok)
            co_return std::unexpected(std::move(ok.error()));
    }
}

Task<Result<>> Stream::write(std::string_view bytes) {
    const auto all = bytes.size();
    const auto before = written_;
    while (!bytes.empty()) {
        written_ = before + all - bytes.size();
        if (broken_)
            co_return fail("write to", "connection", expired() ? ETIMEDOUT : ECANCELED);
        if (ssl_) {
            std::size_t size = 0;
            ERR_clear_error();
            const int status = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &size);
            bool end = false;
            if (status == 1)
                bytes.remove_prefix(size);
            else if (auto ok = co_await settle(status, "write to", end); !ok || end)
                co_return ok ? fail("write to", "connection", EPIPE) : ok;
            continue;
        }
        const ssize_t size = send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (size >= 0)
            bytes.remove_prefix(static_cast<std::size_t>(size));
        else if (errno != EAGAIN && errno != EINTR)
            co_return fail("write to", "connection", errno);
        else if (auto ok = co_await wait(Socket::wait_write); !ok)
            co_return ok;
    }
    written_ = before + all;
    co_return Result<>{};
}

Task<Result<std::size_t>> Stream::peek(std::span<char> into) {
    for (;;) {
        const ssize_t size = recv(fd(), into.data(), into.size(), MSG_PEEK);
        if (size >= 0)
            co_return static_cast<std::size_t>(size);
        if (errno != EAGAIN && errno != EINTR)
            co_return fail("read from", "connection", errno);
        if (auto ok = co_await wait(Socket::wait_read); !ok)
            co_return std::unexpected(std::move(ok.error()));
    }
}

void Stream::end_writing() {
    if (ssl_ && !broken_) {
        ERR_clear_error();
        SSL_shutdown(ssl_.get());
        ERR_clear_error();
    }
    shutdown(fd(), SHUT_WR);
}

void Stream::interrupt() {
    broken_ = true;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void Stream::abort() {
    broken_ = true;
    const linger at_once{1, 0};
    setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    boost::system::error_code ignored;
    socket_.close(ignored);
}

void Stream::stop_waiting() {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

bool Stream::disturbed() const {
    pollfd state{fd(), POLLIN | POLLRDHUP, 0};
    return (ssl_ && SSL_has_pending(ssl_.get()) == 1) || poll(&state, 1, 0) != 0;
}

bool Stream::gone() const {
    const short ends = ssl_ ? POLLRDHUP : 0;  // beside POLLHUP and POLLERR, which are always told
    pollfd state{fd(), ends, 0};
    return poll(&state, 1, 0) > 0;
}

void Stream::probe() {
    const int on = 1;
    const int silent = 30;  // seconds
    const int between = 10;
    const int tries = 3;
    setsockopt(fd(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd(), IPPROTO_TCP, TCP_KEEPIDLE, &silent, sizeof silent);
    setsockopt(fd(), IPPROTO_TCP, TCP_KEEPINTVL, &between, sizeof between);
    setsockopt(fd(), IPPROTO_TCP, TCP_KEEPCNT, &tries, sizeof tries);
}

Task<bool> Stream::until_gone() {
    for (;;) {
        if (auto ok = co_await wait(Socket::wait_read); !ok)
            co_return !broken_ && ok.error().number != ECANCELED;
        if (gone())
            co_return true;
        char next = 0;
        if (!ssl_) {
            // Woken for bytes that have been read meanwhile, it goes on waiting.
            if (recv(fd(), &next, 1, MSG_PEEK) < 0 && (errno == EAGAIN || errno == EINTR))
                continue;
            co_return false;
        }
        ERR_clear_error();
        const int status = SSL_peek(ssl_.get(), &next, 1);
        if (status > 0)
            co_return false;
        // A record without content, such as a key update, has been taken in.
        if (SSL_get_error(ssl_.get(), status) != SSL_ERROR_WANT_READ)
            co_return true;
    }
}

}  // namespace anchorhold::egress
