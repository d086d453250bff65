#include "shield/egress/http/flows.hpp"

#include "base/controls.hpp"

namespace anchorhold::egress {
namespace {

// Whether what was verified of the server under one profile holds under the other.
bool same_server(const profile::Profile& one, const profile::Profile& other, const std::string& name) {
    const profile::Host* before = host_of(one, name);
    const profile::Host* now = host_of(other, name);
    return before != nullptr && now != nullptr && before->roots == now->roots &&
           before->private_addresses == now->private_addresses;
}

}  // namespace

Flows::Flow::Flow(Flows& all, Allowance allowance) : all_(all), allowance_(std::move(allowance)) {
    place_ = all_.flows_.insert(all_.flows_.end(), this);
}

void Flows::Flow::review(const Policy& policy) {
    if (!policy.profile)
        return cut(policy.why_none);
    if (policy.profile->digest == allowance_.profile->digest)
        return;
    if (!allowance_.again)
        return cut("it was approved under another profile than " + policy.title);
    const profile::Decision decision = allowance_.again(*policy.profile);
    const std::string credential = decision.rule == nullptr ? "" : decision.rule->credential;
    if (decision.verdict == profile::Verdict::deny)
        cut(decision.reason);
    else if (decision.verdict == profile::Verdict::ask || credential != allowance_.credential)
        cut(policy.title + " judges it otherwise");
    else if (!same_server(*allowance_.profile, *policy.profile, allowance_.host))
        cut(policy.title + " trusts " + allowance_.host + " otherwise");
}

void Flows::Flow::cut(std::string_view why) {
    if (!why_.empty() || guard_off("cut"))
        return;
    why_ = why.empty() ? "it is no longer allowed" : why;
    if (up_ != nullptr)
        up_->abort();
    if (down_ != nullptr)
        down_->abort();
}

void Flows::review(const Policy& policy) {
    for (Flow* each : flows_)
        each->review(policy);
}

void Flows::cut_all(std::string_view why) {
    for (Flow* each : flows_)
        each->cut(why);
}

void Flows::cut_credential(std::string_view credential, std::string_view why) {
    for (Flow* each : flows_)
        if (each->credential() == credential)
            each->cut(why);
}

}  // namespace anchorhold::egress
