// What became of an approved act: egress tells it once upstream has answered (docs/design.md, "egress → gate").
#include <algorithm>

#include "shield/gate/gate.hpp"
#include "shield/gate/outcome.hpp"

namespace anchorhold::gate {
namespace {

constexpr std::size_t kMaxSent = 64;
constexpr std::size_t kMaxShown = 1024;  // bytes of an outcome

// All that the page shows is one packet, and a ref alone can be 4 KiB.
json::object to_show(SentOutcome outcome) {
    if (const auto text = canonical(to_json(outcome)); !text || text->size() > kMaxShown)
        outcome.refused.clear();
    return to_json(outcome);
}

}  // namespace

void Gate::remember_sent(const Request& request) {
    sent_.push_back(request);
    if (sent_.size() > kMaxSent)
        sent_.pop_front();
}

Result<> Gate::on_outcome(ConnectionId from, const json::object& message) {
    const auto request = text_member(message, "request");
    if (!request)
        return std::unexpected(request.error());
    // Once, by the connection that spent the approval.
    const auto sent =
        std::ranges::find_if(sent_, [&](const Request& other) { return other.id == *request && other.owner == from; });
    if (sent == sent_.end())
        return {};
    // The act is done, and others are under way: an outcome that cannot be read is not known, and egress stays.
    const auto object = object_member(message, "outcome");
    auto read = object ? read_outcome(**object) : std::unexpected(object.error());
    const SentOutcome outcome =
        read ? std::move(*read)
             : SentOutcome{.taken = {}, .refused = {}, .text = "what egress said of it cannot be read"};
    sent->reason = sentence(outcome);
    audit_.note(outcome_event(*sent, outcome.taken.value_or(false)));
    sent_.erase(sent);
    for (Decided& decided : recent_) {
        if (text_member(decided.shown, "request") != *request ||
            text_member(decided.shown, "verdict") != to_text(State::approved))
            continue;
        decided.shown["outcome"] = to_show(outcome);
        decided.bytes += kMaxShown;
    }
    trim_recent();
    changed();
    return {};
}

}  // namespace anchorhold::gate
