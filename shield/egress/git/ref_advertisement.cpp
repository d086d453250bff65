#include "shield/egress/git/ref_advertisement.hpp"

#include "base/ascii.hpp"
#include "shield/egress/git/wire/push_advertisement.hpp"

namespace anchorhold::egress {

Task<Attempt<std::string>> read_push_offer(Exchange& exchange, Scrubber& scrub, std::string host) {
    const std::string what = "what " + host + " offers to a push";
    const ResponseHead& head = exchange.answer();
    const Field* type = head.find(FieldId::content_type);
    if (head.status != 200 || type == nullptr ||
        !equal_ignoring_case(type->value, "application/x-git-receive-pack-advertisement"))
        co_return fail(FailureKind::broken_answer, "read", what, 0,
                       "it answered " + std::to_string(head.status) + " without git's advertisement");
    DecodedBody& body = exchange.content();
    std::string start;
    for (;;) {
        const auto piece = co_await body.next();
        if (!piece)
            co_return std::unexpected(piece.error());
        start += piece->empty() ? scrub.rest() : scrub.pass(piece->data(), piece->size());
        Advertisement read = rewrite_push_advertisement(start);
        if (read.state == ReadState::refused)
            co_return fail(FailureKind::broken_answer, "read", what, 0, read.refusal.sentence);
        if (read.state == ReadState::done)
            co_return std::move(read.rewritten.append(start, read.consumed));
        if (piece->empty())
            co_return fail(FailureKind::broken_answer, "read", what, 0,
                           "the advertisement ends within its first lines");
    }
}

}  // namespace anchorhold::egress
