#include "shield/egress/http/outgoing.hpp"

#include <cerrno>

namespace anchorhold::egress {

bool Outgoing::done() const {
    if (!first_.empty() && !given_)
        return false;
    if (spool_ != nullptr)
        return offset_ == spool_->size();
    return rest_ == nullptr || rest_->done();
}

Task<Attempt<std::string_view>> Outgoing::next() {
    untouched_ = false;
    auto piece = co_await take();
    refused_ = refused_ || (piece && !watch_.pass(*piece));
    if (refused_)
        co_return fail(FailureKind::form_override, "send form", "_method", EPERM, kFormOverride);
    co_return piece;
}

Task<Attempt<std::string_view>> Outgoing::take() {
    if (!first_.empty() && !given_) {
        given_ = true;
        co_return std::string_view(first_);
    }
    if (spool_ != nullptr) {
        block_.resize(std::size_t{64} * 1024);
        const auto size = spool_->read(offset_, block_);
        if (!size)
            co_return std::unexpected(size.error());
        offset_ += *size;
        co_return std::string_view(block_.data(), *size);
    }
    if (rest_ == nullptr)
        co_return std::string_view{};
    const auto bytes = co_await rest_->next();
    if (!bytes)
        co_return std::unexpected(bytes.error());
    co_return std::string_view(bytes->data(), bytes->size());
}

}  // namespace anchorhold::egress
