#include "shield/egress/input.hpp"

#include <cstring>

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

Task<Result<std::span<char>>> Body::next() {
    input_.consume(std::exchange(used_, 0));
    for (;;) {
        if (done_)
            co_return std::span<char>{};
        const BodyStep step = reader_.next(input_.view());
        if (step.state == ReadState::refused)
            co_return fail("read body", "", EBADMSG, reader_.refusal().sentence);
        done_ = step.state == ReadState::done;
        if (!step.data.empty()) {
            used_ = step.consumed;
            const auto at = static_cast<std::size_t>(step.data.data() - input_.view().data());
            co_return input_.bytes().subspan(at, step.data.size());
        }
        input_.consume(step.consumed);
        if (done_ || step.consumed > 0)
            continue;
        const auto size = co_await input_.fill(stream_);
        if (!size)
            co_return std::unexpected(size.error());
        if (*size == 0) {
            if (reader_.end_of_stream() != ReadState::done)
                co_return fail("read body", "", ECONNRESET, reader_.refusal().sentence);
            done_ = true;
        }
    }
}

}  // namespace anchorhold::egress
