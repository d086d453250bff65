#include "shield/egress/peers/gate.hpp"

#include <algorithm>
#include <cerrno>
#include <new>

#include "base/controls.hpp"
#include "base/utf8.hpp"
#include "shield/egress/credential/echo_forms.hpp"
#include "shield/egress/io/time_limits.hpp"

namespace anchorhold::egress {
namespace {

std::unexpected<Failure> gone() {
    return fail(FailureKind::gate_gone, "ask", "gatekeeper", ENOTCONN,
                "the gatekeeper is not running; init will start it again");
}

// `refusal`: what it is that no packet takes so much.
std::unexpected<Failure> unsent(FailureKind refusal, const Error& error) {
    return error.number == EMSGSIZE ? fail(refusal, error) : gone();
}

}  // namespace

Task<> Gate::keep(std::function<void()> changed) {
    changed_ = std::move(changed);
    Link::Handlers handlers;
    handlers.up = [this] { (void)link_.send({{"type", "policy"}}); };
    handlers.down = [this] { lost(); };
    handlers.message = [this](json::object&& message) { receive(std::move(message)); };
    handlers.room = room_;
    handlers.secret = [this](const json::object& message, std::span<const char> secret) {
        keep_secret(message, secret);
    };
    co_await link_.keep(std::move(handlers));
}

void Gate::lost() {
    leases_.clear();
    withheld_.clear();
    searched_.clear();
    secrets_.clear();
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
    if (type && *type == "withheld") {
        const std::string credential(text_member(message, "credential").value_or(""));
        withheld_.insert(credential);
        std::erase_if(leases_, [&](const auto& lease) { return lease.second->credential == credential; });
        return when_withheld_(credential);
    }
    const auto id = integer_member(message, "id");
    const auto waiting = id ? waiting_.find(*id) : waiting_.end();
    if (waiting != waiting_.end())
        waiting->second->post(std::move(message));
}

// Without room for it the message is read as if none had come, and its reader says so.
void Gate::keep_secret(const json::object& message, std::span<const char> secret) {
    const auto id = integer_member(message, "id");
    if (!id || !waiting_.contains(*id))
        return;
    try {
        secrets_[*id] = Secret(secret.begin(), secret.end());
    } catch (const std::bad_alloc&) {
        secrets_.erase(*id);
    }
}

void Gate::take_policy(const json::object& message) {
    leases_.clear();
    searched_.clear();
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

Task<Gate::Answer> Gate::call(json::object message, Secret& secret, FailureKind refusal) {
    const std::int64_t id = next_id_++;
    message["id"] = id;
    const auto mailbox = expect(id);
    if (auto sent = link_.send(message); !sent) {
        waiting_.erase(id);
        co_return unsent(refusal, sent.error());
    }
    auto answer = co_await mailbox->next(Clock::now() + kGatePatience);
    waiting_.erase(id);
    if (auto came = secrets_.extract(id); !came.empty())
        secret = std::move(came.mapped());
    if (!answer)
        co_return fail(FailureKind::gate_gone, "ask", "gatekeeper", ETIMEDOUT, "it did not answer within 10 s");
    if (*answer && text_member(**answer, "type") == "refused")
        co_return fail(refusal, "ask", "gatekeeper", 0,
                       text_member(**answer, "reason").value_or("refused without a reason"));
    co_return std::move(*answer);
}

Task<Attempt<LeasePtr>> Gate::lease(const std::string& credential, const std::string& host, const std::string& rule) {
    std::string key = credential + '\n' + host + '\n' + rule;
    if (const auto known = leases_.find(key); known != leases_.end()) {
        if (Clock::now() + kLeaseSpare < known->second->until)
            co_return known->second;
        leases_.erase(known);
    }
    const auto asked_under = policy_.profile;
    json::object message{{"type", "lease"}, {"credential", credential}, {"host", host}, {"rule", rule}};
    Secret secret;
    auto answer = co_await call(std::move(message), secret, FailureKind::lease_refused);
    if (!answer)
        co_return std::unexpected(std::move(answer.error()));
    // What gate said after it is read before this goes on.
    if (withheld(credential))
        co_return fail(FailureKind::lease_refused, "ask", "gatekeeper", 0,
                       "credential " + credential + " came back in answers and is withheld");
    if (policy_.profile != asked_under)
        co_return fail(FailureKind::lease_refused, "ask", "gatekeeper", 0, "the profile in force changed; try again");
    auto lease = read_lease(*answer, secret, credential);
    if (lease)
        leases_[std::move(key)] = *lease;
    co_return lease;
}

Task<Attempt<EchoesPtr>> Gate::echoes(std::shared_ptr<const profile::Profile> profile, std::string host) {
    if (const auto known = searched_.find(host); known != searched_.end() && known->second.profile == profile)
        co_return known->second.echoes;
    std::shared_ptr<Echoes> made;
    for (const profile::Credential& credential : profile->credentials) {
        if (!std::ranges::contains(credential.hosts, host))
            continue;
        if (made == nullptr)
            made = std::make_shared<Echoes>();
        if (guard_off("scrub"))
            continue;
        json::object message{{"type", "search"}, {"credential", credential.name}, {"host", host}};
        Secret secret;
        const auto answer = co_await call(std::move(message), secret, FailureKind::search_refused);
        if (!answer)
            co_return std::unexpected(answer.error());
        if (!answer->contains("secret_bytes"))
            continue;  // it has none, so nobody can know it
        try {
            if (secret.empty())
                throw std::bad_alloc();
            add_echo_forms(made->index, secret, static_cast<std::uint32_t>(made->credentials.size()));
        } catch (const std::bad_alloc&) {
            co_return fail(FailureKind::no_memory, "search answers for", credential.name, ENOMEM,
                           "locked memory is used up; try again");
        }
        made->credentials.push_back(credential.name);
    }
    if (made != nullptr)
        made->index.seal();
    if (policy_.profile == profile)
        searched_[host] = {profile, made};
    co_return EchoesPtr(made);
}

void Gate::echoed(const std::string& credential, const std::string& host, const std::string& rule,
                  const std::string& path) {
    (void)link_.send(
        json::object{{"type", "echoed"}, {"credential", credential}, {"host", host}, {"rule", rule}, {"path", path}});
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
        made->answers().post(unsent(FailureKind::ask_refused, sent.error()));
    }
    return made;
}

Task<Attempt<LeasePtr>> Gate::consume(const std::string& request, const json::object& action,
                                      const std::string& credential) {
    json::object message{{"type", "consume"}, {"request", request}, {"action", action}};
    Secret secret;
    auto answer = co_await call(std::move(message), secret, FailureKind::consume_refused);
    if (!answer)
        co_return std::unexpected(std::move(answer.error()));
    if (credential.empty())
        co_return LeasePtr{};
    co_return read_lease(*answer, secret, credential);
}

void Gate::tell(const std::string& request, Outcome outcome) {
    constexpr std::size_t kMaxText = 300;
    if (outcome.text.size() > kMaxText || !plain_utf8(outcome.text))
        outcome.text = "the reason cannot be shown";
    const json::object told{{"status", outcome.status},
                            {"taken", outcome.taken ? json::value(*outcome.taken) : json::value(nullptr)},
                            {"refused", std::move(outcome.refused)},
                            {"text", outcome.text}};
    (void)link_.send({{"type", "outcome"}, {"id", next_id_++}, {"request", request}, {"outcome", told}});
}

}  // namespace anchorhold::egress
