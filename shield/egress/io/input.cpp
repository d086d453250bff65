#include "shield/egress/io/input.hpp"

#include <cstring>
#include <utility>

namespace anchorhold::egress {
namespace {
constexpr std::size_t kFirstSize = std::size_t{32} * 1024;
constexpr std::size_t kLeastRoom = std::size_t{16} * 1024;  // a whole TLS record
}  // namespace

Task<Result<std::size_t>> Input::fill(Stream& stream, bool expecting) {
    if (begin_ > 0 && bytes_.size() - end_ < kLeastRoom) {
        std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (bytes_.size() - end_ < kLeastRoom)
        bytes_.resize(bytes_.empty() ? kFirstSize : bytes_.size() * 2);
    auto size = co_await stream.read({bytes_.data() + end_, bytes_.size() - end_}, expecting);
    if (size)
        end_ += *size;
    co_return size;
}

bool Body::ready() {
    if (ahead_)
        return true;
    input_.consume(std::exchange(used_, 0));
    while (!done_ && !refused_) {
        const std::string_view arrived = input_.view();
        const BodyStep step = reader_.next(arrived);
        refused_ = step.state == ReadState::refused;
        done_ = step.state == ReadState::done;
        if (!step.data.empty() && !refused_) {
            ahead_ =
                Piece{static_cast<std::size_t>(step.data.data() - arrived.data()), step.data.size(), step.consumed};
            return true;
        }
        input_.consume(step.consumed);
        if (!done_ && !refused_ && step.consumed == 0)
            return false;
    }
    return true;
}

FailureKind Body::kind_of_refusal() const {
    return sender_ == Sender::client ? FailureKind::malformed : FailureKind::broken_answer;
}

FailureKind Body::kind_of_loss() const {
    return sender_ == Sender::client ? FailureKind::client_gone : FailureKind::broken_answer;
}

Task<Attempt<>> Body::prepare() {
    while (!ready()) {
        auto size = co_await input_.fill(stream_);
        if (!size)
            co_return fail(kind_of_loss(), std::move(size.error()));
        if (*size == 0) {
            if (reader_.end_of_stream() != ReadState::done)
                co_return fail(kind_of_loss(), "read body", "", ECONNRESET, reader_.refusal().sentence);
            done_ = true;
        }
    }
    if (refused_)
        co_return fail(kind_of_refusal(), "read body", "", EBADMSG, reader_.refusal().sentence);
    co_return Attempt<>{};
}

Task<Attempt<std::span<char>>> Body::next() {
    if (!refused_ && !ready())
        if (auto ok = co_await prepare(); !ok)
            co_return std::unexpected(std::move(ok.error()));
    if (refused_)
        co_return fail(kind_of_refusal(), "read body", "", EBADMSG, reader_.refusal().sentence);
    if (!ahead_)
        co_return std::span<char>{};
    const Piece piece = *ahead_;
    ahead_.reset();
    used_ = piece.consumed;
    co_return input_.bytes().subspan(piece.at, piece.size);
}

}  // namespace anchorhold::egress
