// Bytes that have arrived on a stream and were not used yet, and bodies read out of them.
#pragma once

#include <cstdlib>
#include <optional>
#include <string_view>
#include <vector>

#include "shield/egress/io/failure.hpp"
#include "shield/egress/io/stream.hpp"
#include "shield/http/http1_body.hpp"

namespace anchorhold::egress {

class Input {
  public:
    [[nodiscard]] std::string_view view() const { return {bytes_.data() + begin_, end_ - begin_}; }
    [[nodiscard]] std::span<char> bytes() { return {bytes_.data() + begin_, end_ - begin_}; }
    [[nodiscard]] bool empty() const { return begin_ == end_; }
    // Beyond the end there is memory of others: better no egress than one that shows it.
    void consume(std::size_t size) {
        if (size > end_ - begin_)
            std::abort();
        begin_ += size;
    }

    // Reads once, behind what is there; zero at the end of the stream. Moves the bytes: earlier views are void.
    Task<Result<std::size_t>> fill(Stream& stream, bool expecting = false);

  private:
    std::vector<char> bytes_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

// Whose body it is, which says whose fault it is when it cannot be read.
enum class Sender : std::uint8_t { client, server };

// A body's content, piece by piece, with the framing taken off.
class Body {
  public:
    Body(Stream& stream, Input& input, BodyFraming framing, Sender sender)
        : stream_(stream), input_(input), reader_(framing), sender_(sender), done_(framing.kind == BodyKind::none) {}
    // What was given out is used up; the next message is first in line.
    ~Body() { input_.consume(used_); }
    Body(const Body&) = delete;
    Body& operator=(const Body&) = delete;

    // Until next() need not wait. The failure is the one that next() would have had.
    Task<Attempt<>> prepare();
    // Some bytes, which may be changed in place and are valid until the next call or ready(); none at the end. The
    // failure of a client's body: malformed, or client_gone; of a server's: broken_answer.
    Task<Attempt<std::span<char>>> next();
    // The framing is broken, so where the next message begins is not known.
    [[nodiscard]] bool malformed() const { return refused_; }
    // The end has been read.
    [[nodiscard]] bool done() const { return done_ && !ahead_; }
    // next() would not have to wait for the peer: a piece is there, not only its framing, or the end, or a refusal.
    [[nodiscard]] bool ready();

  private:
    struct Piece {
        std::size_t at = 0;  // from input_'s first byte
        std::size_t size = 0;
        std::size_t consumed = 0;
    };
    [[nodiscard]] FailureKind kind_of_refusal() const;
    [[nodiscard]] FailureKind kind_of_loss() const;

    Stream& stream_;
    Input& input_;
    BodyReader reader_;
    Sender sender_;
    std::size_t used_ = 0;        // of input_, given out by the last call
    std::optional<Piece> ahead_;  // found by ready()
    bool refused_ = false;
    bool done_;
};

}  // namespace anchorhold::egress
