#include "shield/egress/hold/kept_requests.hpp"

#include <algorithm>
#include <cerrno>

namespace anchorhold::egress {
namespace {
constexpr std::chrono::seconds kRefusalKept{60};  // a no that nobody fetches
}  // namespace

Attempt<std::shared_ptr<ApprovalRequest>> KeptRequests::find_or_ask(const std::string& key, const Ask& ask) {
    if (const auto known = kept_.find(key); known != kept_.end())
        return known->second;
    if (kept_.size() >= kMaxKept && !make_room())
        return fail(FailureKind::busy, "ask for approval", "", EAGAIN, "too many requests wait for approval");
    auto request = ask();
    kept_[key] = request;
    spawn(executor_, keep(key, request));
    return request;
}

bool KeptRequests::take(const std::string& key, const std::shared_ptr<ApprovalRequest>& request) {
    const auto kept = kept_.find(key);
    if (kept == kept_.end() || kept->second != request)
        return false;
    kept_.erase(kept);
    return true;
}

// It lives as long as the question, whether or not anybody waits for that.
Task<> KeptRequests::keep(std::string key, std::shared_ptr<ApprovalRequest> request) {
    co_await request->decided();
    // A client that went away may still come for its answer: a yes waits as long as it holds.
    const auto left = request->left();
    Timer timer(executor_, request->verdict()->has_value() ? left : std::min(left, kRefusalKept));
    (void)co_await timer.async_wait(kAwait);
    (void)take(key, request);
}

// The place of one that was answered and that nobody waits for; a no before a yes.
bool KeptRequests::make_room() {
    const auto answered = [&](bool approved) {
        return std::ranges::find_if(kept_, [&](const auto& each) {
            const ApprovalRequest& request = *each.second;
            return request.verdict() && request.verdict()->has_value() == approved && !request.has_waiters();
        });
    };
    auto which = answered(false);
    if (which == kept_.end())
        which = answered(true);
    if (which == kept_.end())
        return false;
    kept_.erase(which);
    return true;
}

}  // namespace anchorhold::egress
