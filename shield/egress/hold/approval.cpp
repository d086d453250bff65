#include "shield/egress/hold/approval.hpp"

#include <algorithm>

#include "shield/egress/io/time_limits.hpp"

namespace anchorhold::egress {
namespace {
// An auditor that stops is noticed within this time.
constexpr std::chrono::milliseconds kLook{500};
// Gate says when a question expires; this is only for a gate that forgot it.
constexpr std::chrono::seconds kGrace{5};

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

Approval::Approval(Services& services, const json::object& facts, const profile::Rule& rule)
    : services_(services), ask_(services.gate.ask(facts, rule.id)), expires_(now_seconds() + rule.expires_in.count()) {}

std::chrono::seconds Approval::left() const {
    return std::chrono::seconds(std::max<std::int64_t>(0, expires_ - now_seconds()));
}

std::string Approval::nobody() const {
    return approvers_ > 0 ? ""
                          : "nobody can approve yet: no passkey is registered; whoever started this workstation "
                            "registers one at " +
                                url_;
}

void Approval::take(const Gate::Answer& answer) {
    Verdict verdict;
    if (!answer) {
        verdict.reason = answer.error().detail;
    } else {
        const auto type = text_member(*answer, "type");
        if (type == "pending") {
            request_ = text_member(*answer, "request").value_or("");
            url_ = text_member(*answer, "url").value_or("");
            expires_ = integer_member(*answer, "expires").value_or(expires_);
            approvers_ = integer_member(*answer, "approvers").value_or(approvers_);
            return;
        }
        const auto word = text_member(*answer, "verdict");
        verdict.approved = type == "verdict" && word == "approved";
        if (word == "denied")
            verdict.reason = denial(*answer);
        else if (word == "expired")
            verdict.reason = "nobody answered in time";
        else
            verdict.reason =
                (request_.empty() ? "the gatekeeper refused to ask: " : "the gatekeeper withdrew the question: ") +
                said(*answer, "no reason given");
    }
    ask_->settled();
    verdict_ = std::make_unique<Verdict>(std::move(verdict));
}

void Approval::give_up(std::string reason) {
    ask_->withdraw();
    verdict_ = std::make_unique<Verdict>(false, std::move(reason));
}

Task<bool> Approval::pending() {
    const auto until = Clock::now() + kGatePatience;
    while (request_.empty() && !verdict_) {
        const auto answer = co_await ask_->answers().next(until);
        if (answer)
            take(*answer);
        else
            give_up("the gatekeeper did not take the question");
    }
    co_return !verdict_;
}

void Approval::wake() {
    woken_ = true;
    ask_->answers().post(
        json::object{{"type", "pending"}, {"request", request_}, {"url", url_}, {"expires", expires_}});
}

Task<const Verdict*> Approval::verdict(Clock::time_point until) {
    while (!verdict_ && !woken_ && Clock::now() < until) {
        const auto answer = co_await ask_->answers().next(std::min(until, Clock::now() + kLook));
        if (answer)
            take(*answer);
        else if (!services_.audit.ready())
            give_up(services_.audit.why_not());
        else if (now_seconds() > expires_ + kGrace.count())
            give_up("nobody answered in time");
    }
    co_return verdict_.get();
}

}  // namespace anchorhold::egress
