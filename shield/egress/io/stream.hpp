// A TCP connection, in the clear or with TLS: OpenSSL works on the non-blocking socket itself, and what it wants to
// wait for is awaited (SSL_get_error(3)). One reader and one writer at a time. Failures are values; SIGPIPE must be
// ignored.
#pragma once

#include <openssl/ssl.h>

#include <span>
#include <string_view>

#include "base/freed.hpp"
#include "shield/egress/io/asio.hpp"
#include "shield/egress/io/deadlines.hpp"

namespace anchorhold::egress {

using SslPtr = Owned<SSL, SSL_free>;
using SslContext = Owned<SSL_CTX, SSL_CTX_free>;

class Stream final : public Deadlines::Watched {
  public:
    Stream(Socket socket, Deadlines& deadlines);

    // With SSL_set_accept_state or SSL_set_connect_state done. The error's detail is OpenSSL's.
    Task<Result<>> handshake(SslPtr ssl);

    // At least one byte; zero at the orderly end of the stream. `expecting`: probably nothing is there yet, so that
    // waiting first saves a call in vain.
    Task<Result<std::size_t>> read(std::span<char> into, bool expecting = false);
    // All of it.
    Task<Result<>> write(std::string_view bytes);
    // What is first in line, left there (clear sockets only).
    Task<Result<std::size_t>> peek(std::span<char> into);

    // Tells the peer that no more comes, without waiting for its answer.
    void end_writing();
    // Wakes whoever waits; every later operation fails.
    void interrupt() override;

    // The same, and closes: nothing that waits to be sent is sent any more, and the peer sees a reset.
    void abort();

    // True once gone() holds; false when it sends more instead, or was stopped or interrupted.
    Task<bool> until_gone();
    // Ends until_gone(); the connection stays usable.
    void stop_waiting();
    // Interrupted, within a second or two, once that stream's peer has gone; null: no longer. It must live as long.
    void cancel_with(const Stream* other) { cancel_with_ = other; }
    // Nobody is there any more. With TLS the peer's end of sending is that; in the clear it may only have said that its
    // request is whole (nc -N, programs of HTTP/1.0), so there it takes a reset, or probes without an answer.
    [[nodiscard]] bool gone() const;
    // From now on the kernel asks a silent peer whether it is still there.
    void probe();
    // The peer closed TLS without saying so (close_notify): what has no other end may have been cut off.
    [[nodiscard]] bool ragged() const { return ragged_; }
    // For a pooled connection: whether anything (bytes, end, reset) came while it lay idle.
    [[nodiscard]] bool has_unexpected_data() const;

    // Since it was made, without TLS' own.
    [[nodiscard]] std::uint64_t written() const { return written_; }
    [[nodiscard]] std::uint64_t received() const { return received_; }

    [[nodiscard]] int fd() const { return const_cast<Socket&>(socket_).native_handle(); }
    [[nodiscard]] bool secure() const { return ssl_ != nullptr; }
    [[nodiscard]] SSL* ssl() const { return ssl_.get(); }

  private:
    [[nodiscard]] bool is_abandoned() const override { return cancel_with_ != nullptr && cancel_with_->gone(); }
    Task<Result<>> wait(Socket::wait_type what);
    Task<Result<>> wait_as_tls_wants(int status, std::string_view tried, bool& end);

    Socket socket_;
    SslPtr ssl_;
    const Stream* cancel_with_ = nullptr;
    std::uint64_t written_ = 0;
    std::uint64_t received_ = 0;
    bool broken_ = false;
    bool ragged_ = false;
};

// The newest entry of OpenSSL's error queue, which is emptied.
[[nodiscard]] std::string tls_problem();

}  // namespace anchorhold::egress
