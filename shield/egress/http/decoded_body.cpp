#include "shield/egress/http/decoded_body.hpp"

#include <cerrno>

namespace anchorhold::egress {
namespace {
constexpr std::size_t kRoom = std::size_t{32} * 1024;
}

Task<Attempt<std::span<char>>> DecodedBody::next() {
    if (!inflater_)
        co_return co_await body_.next();
    room_.resize(kRoom);
    for (;;) {
        while (inflater_->pending()) {
            const std::size_t size = inflater_->next(room_);
            if (size > 0)
                co_return std::span(room_).first(size);
        }
        if (inflater_->broken())
            co_return fail(FailureKind::broken_answer, "read body", "", EBADMSG, "its compressed data are damaged");
        const auto piece = co_await body_.next();
        if (!piece)
            co_return std::unexpected(piece.error());
        if (piece->empty()) {
            if (!inflater_->at_end())
                co_return fail(FailureKind::broken_answer, "read body", "", EBADMSG,
                               "its compressed data end too early");
            co_return std::span<char>{};
        }
        inflater_->give({piece->data(), piece->size()});
    }
}

}  // namespace anchorhold::egress
