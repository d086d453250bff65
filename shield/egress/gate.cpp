#include "shield/egress/gate.hpp"

#include <cerrno>

#include "shield/egress/time_limits.hpp"

namespace anchorhold::egress {
namespace {

std::unexpected<Error> gone() {
    return fail("ask", "gatekeeper", ENOTCONN, "the gatekeeper is not running; init will start it again");
}

std::unexpected<Error> unsent(const Error& error) {
    return error.number == EMSGSIZE ? std::unexpected(error) : gone();
}

}  // namespace

Task<> Gate::keep(std::function<void()> changed) {
    changed_ = std::move(changed);
    Link::Handlers handlers;
    handlers.up = [this] { (void)link_.send({{"type", "policy"}}); };
    handlers.down = [this] { lost(); };
    handlers.message = [this](json::object&& message) { receive(std::move(message)); };
    co_await link_.keep(std::move(handlers));
}

void Gate::lost() {
    leases_.clear();
    policy_ = {};
    policy_.why_none = "the gatekeeper is not running";
    answered_ = false;
    const auto waiting = std::exchange(waiting_, {});
    for (const auto& [id, mailbox] : waiting)
        mailbox->post(gone());
    changed_();
}

void Gate::receive(json::object&& message) {
    const auto type = text_member(message, "type");
    if (type && (*type == "policy" || *type == "no-policy"))
        return take_policy(message);
    const auto id = integer_member(message, "id");
    const auto waiting = id ? waiting_.find(*id) : waiting_.end();
    if (waiting != waiting_.end())
        waiting->second->post(std::move(message));
}

void Gate::take_policy(const json::object& message) {
    leases_.clear();
    policy_ = {};
    answered_ = true;
    if (const auto text = text_member(message, "profile"); text) {
        if (auto parsed = profile::parse(*text); parsed) {
            policy_.title = profile::title(*parsed);
            policy_.profile = std::make_shared<const profile::Profile>(std::move(*parsed));
        } else {
            policy_.why_none = "egress cannot read the profile in force: " + parsed.error().text();
        }
    } else {
        policy_.why_none = text_member(message, "reason").value_or("the gatekeeper has no profile in force");
    }
    changed_();
}

std::shared_ptr<Mailbox<Gate::Answer>> Gate::expect(std::int64_t id) {
    return waiting_[id] = std::make_shared<Mailbox<Answer>>(executor_);
}

Task<Gate::Answer> Gate::call(json::object message) {
    const std::int64_t id = next_id_++;
    message["id"] = id;
    const auto mailbox = expect(id);
    if (auto sent = link_.send(message); !sent) {
        waiting_.erase(id);
        co_return unsent(sent.error());
    }
    auto answer = co_await mailbox->next(Clock::now() + kGatePatience);
    waiting_.erase(id);
    if (!answer)
        co_return fail("ask", "gatekeeper", ETIMEDOUT, "it did not answer within 10 s");
    if (*answer && text_member(**answer, "type") == "refused")
        co_return fail("ask", "gatekeeper", 0, text_member(**answer, "reason").value_or("refused without a reason"));
    co_return std::move(*answer);
}

Task<Result<LeasePtr>> Gate::lease(const std::string& credential, const std::string& host, const std::string& rule) {
    std::string key = credential + '\n' + host + '\n' + rule;
    if (const auto known = leases_.find(key); known != leases_.end()) {
        if (Clock::now() < known->second->until)
            co_return known->second;
        leases_.erase(known);
    }
    json::object message{{"type", "lease"}, {"credential", credential}, {"host", host}, {"rule", rule}};
    auto answer = co_await call(std::move(message));
    if (!answer)
        co_return std::unexpected(std::move(answer.error()));
    auto lease = read_lease(*answer, credential);
    if (lease)
        leases_[std::move(key)] = *lease;
    co_return lease;
}

Gate::Ask::Ask(Gate& gate, std::int64_t id) : gate_(gate), id_(id), answers_(gate.expect(id)) {}

Gate::Ask::~Ask() {
    gate_.waiting_.erase(id_);
    withdraw();
}

void Gate::Ask::withdraw() {
    if (!std::exchange(settled_, true))
        (void)gate_.link_.send({{"type", "cancel"}, {"id", id_}});
}

std::shared_ptr<Gate::Ask> Gate::ask(const json::object& action, const std::string& rule) {
    const std::int64_t id = next_id_++;
    auto made = std::make_shared<Ask>(*this, id);
    const json::object question{{"type", "ask"}, {"id", id}, {"action", action}, {"rule", rule}};
    if (const auto sent = link_.send(question); !sent) {
        made->settled();
        made->answers().post(unsent(sent.error()));
    }
    return made;
}

Task<Result<LeasePtr>> Gate::consume(const std::string& request, const json::object& action,
                                     const std::string& credential) {
    json::object message{{"type", "consume"}, {"request", request}, {"action", action}};
    auto answer = co_await call(std::move(message));
    if (!answer)
        co_return std::unexpected(std::move(answer.error()));
    if (credential.empty())
        co_return LeasePtr{};
    co_return read_lease(*answer, credential);
}

}  // namespace anchorhold::egress
