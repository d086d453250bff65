#include "shield/egress/hold/approval_request.hpp"

#include <algorithm>
#include <utility>

#include "shield/egress/io/time_limits.hpp"

namespace anchorhold::egress {
namespace {
// A stopped auditor is noticed within this time.
constexpr std::chrono::milliseconds kLook{500};
// Gate says when a question expires; this is only for a gate that forgot it.
constexpr std::chrono::seconds kGrace{5};
constexpr std::string_view kNobodyAnswered = "nobody answered in time";

std::string said(const json::object& answer, std::string_view otherwise) {
    return std::string(text_member(answer, "reason").value_or(otherwise));
}

// Whose no it is, and the words marked as that person's: they are read by a model. Gate has made them one short line.
std::string denial(const json::object& answer) {
    const auto by = text_member(answer, "by").value_or("");
    const auto words = text_member(answer, "reason").value_or("");
    std::string text = "denied by a person";
    if (!by.empty())
        text.append(" (").append(by).append(")");
    return words.empty() ? text + ", without a reason" : text.append(", who wrote: \"").append(words).append("\"");
}

std::int64_t now_seconds() {
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}
}  // namespace

std::shared_ptr<ApprovalRequest> ApprovalRequest::ask(const Peers& peers, const json::object& facts,
                                                      const profile::Rule& rule) {
    std::shared_ptr<ApprovalRequest> made(new ApprovalRequest(peers, facts, rule));
    spawn(peers.executor, run(made));
    return made;
}

ApprovalRequest::ApprovalRequest(const Peers& peers, const json::object& facts, const profile::Rule& rule)
    : audit_(peers.audit),
      ask_(peers.gate.ask(facts, rule.id)),
      expires_(now_seconds() + rule.expires_in.count()),
      decided_(peers.executor) {}

std::chrono::seconds ApprovalRequest::left() const {
    return std::chrono::seconds(std::max<std::int64_t>(0, expires_ - now_seconds()));
}

std::string ApprovalRequest::nobody() const {
    return approvers_ > 0 ? ""
                          : "nobody can approve yet: no passkey is registered; whoever started this workstation "
                            "registers one at " +
                                url_;
}

ApprovalRequest::Waiter::Waiter(ApprovalRequest& request, Signal& news) : request_(request), news_(news) {
    request_.waiters_.push_back(&news_);
}

ApprovalRequest::Waiter::~Waiter() {
    std::erase(request_.waiters_, &news_);
}

Task<> ApprovalRequest::decided() {
    while (!verdict_)
        co_await decided_.wait();
}

void ApprovalRequest::decide(Attempt<> verdict) {
    if (verdict_)
        return;
    verdict_ = std::move(verdict);
    decided_.set();
    for (Signal* each : waiters_)
        each->set();
}

void ApprovalRequest::give_up(std::unexpected<Failure> why) {
    ask_->withdraw();
    decide(std::move(why));
}

void ApprovalRequest::withdraw() {
    if (!verdict_)
        give_up(fail(FailureKind::client_gone, "ask for approval", "", 0, "nobody waits for the verdict any more"));
}

void ApprovalRequest::take(const Gate::Answer& answer) {
    if (verdict_)
        return;
    if (!answer) {
        ask_->settled();
        return decide(std::unexpected(answer.error()));
    }
    const auto type = text_member(*answer, "type");
    if (type == "pending") {
        id_ = text_member(*answer, "request").value_or("");
        url_ = text_member(*answer, "url").value_or("");
        expires_ = integer_member(*answer, "expires").value_or(expires_);
        approvers_ = integer_member(*answer, "approvers").value_or(approvers_);
        for (Signal* each : waiters_)
            each->set();
        return;
    }
    ask_->settled();
    const auto word = text_member(*answer, "verdict");
    if (type == "verdict" && word == "approved")
        decide({});
    else if (word == "denied")
        decide(fail(FailureKind::denied, "ask for approval", id_, 0, denial(*answer)));
    else if (word == "expired")
        decide(fail(FailureKind::expired, "ask for approval", id_, 0, kNobodyAnswered));
    else if (taken())
        decide(fail(FailureKind::withdrawn, "ask for approval", id_, 0,
                    "the gatekeeper withdrew the question: " + said(*answer, "no reason given")));
    else
        decide(fail(FailureKind::ask_refused, "ask for approval", "", 0,
                    "the gatekeeper refused to ask: " + said(*answer, "no reason given")));
}

Task<> ApprovalRequest::run(std::shared_ptr<ApprovalRequest> request) {
    ApprovalRequest& self = *request;
    const auto until = Clock::now() + kGatePatience;
    while (!self.taken() && !self.verdict_) {
        const auto answer = co_await self.ask_->answers().next(until);
        if (answer)
            self.take(*answer);
        else
            self.give_up(
                fail(FailureKind::ask_refused, "ask for approval", "", 0, "the gatekeeper did not take the question"));
    }
    while (!self.verdict_) {
        const auto answer = co_await self.ask_->answers().next(Clock::now() + kLook);
        if (answer)
            self.take(*answer);
        else if (!self.audit_.ready())
            self.give_up(fail(FailureKind::auditor_gone, "ask for approval", self.id_, 0, self.audit_.why_not()));
        else if (now_seconds() > self.expires_ + kGrace.count())
            self.give_up(fail(FailureKind::expired, "ask for approval", self.id_, 0, kNobodyAnswered));
    }
    self.ask_.reset();
}

}  // namespace anchorhold::egress
