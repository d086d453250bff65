#include "shield/egress/http/request_hold.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "base/encoding.hpp"
#include "shield/egress/git/push_facts.hpp"
#include "shield/egress/hold/approval.hpp"
#include "shield/egress/http/forward.hpp"
#include "shield/egress/http/held_headers.hpp"
#include "shield/egress/http/kept_head.hpp"
#include "shield/egress/io/time_limits.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::uint64_t kMaxHeld = 16ULL << 20;
constexpr std::size_t kMaxQuestions = 64;
constexpr std::chrono::seconds kNoKept{60};

// Lives as long as its question, whether or not anybody waits on it.
Task<> keep(Services& services, std::string key, std::shared_ptr<HeldQuestion> question) {
    co_await question->approval->pending();
    question->asked = true;
    question->changed();
    question->verdict = co_await question->approval->verdict(Clock::time_point::max());
    question->changed();
    // A client that went away may still come for its answer: a yes waits as long as it holds.
    const auto left = question->approval->left();
    Timer timer(services.executor, question->verdict->approved ? left : std::min(left, kNoKept));
    (void)co_await timer.async_wait(kAwait);
    if (const auto still = services.holds.find(key); still != services.holds.end() && still->second == question)
        services.holds.erase(still);
}

// A place of one that was answered and that nobody waits on; a no before a yes.
bool make_room(Holds& holds) {
    const auto settled = [&](bool approved) {
        return std::ranges::find_if(holds, [&](const auto& each) {
            const HeldQuestion& question = *each.second;
            return question.verdict != nullptr && question.verdict->approved == approved && question.waiting.empty();
        });
    };
    auto which = settled(false);
    if (which == holds.end())
        which = settled(true);
    if (which == holds.end())
        return false;
    holds.erase(which);
    return true;
}

std::shared_ptr<HeldQuestion> question_for(Services& services, const std::string& key, const json::object& facts,
                                           const profile::Rule& rule) {
    if (const auto known = services.holds.find(key); known != services.holds.end())
        return known->second;
    if (services.holds.size() >= kMaxQuestions && !make_room(services.holds))
        return nullptr;
    auto question = std::make_shared<HeldQuestion>();
    question->approval = std::make_shared<Approval>(services, facts, rule);
    services.holds[key] = question;
    spawn(services.executor, keep(services, key, question));
    return question;
}

Task<> wait(Services& services, HeldQuestion& question) {
    Signal signal(services.executor);
    question.waiting.push_back(&signal);
    const auto until = Clock::now() + kHeldPatience;
    while (question.verdict == nullptr)
        if (!co_await signal.wait(until))
            break;
    std::erase(question.waiting, &signal);
}

// What goes out is what was approved: the facts come from the file again, and gate compares.
Task<bool> send_approved(Conversation& client, const KeptHead& head, const HeldRequest& request, const Spool& spool,
                         const profile::Rule& rule, const std::string& approved) {
    Services& services = client.services;
    const auto facts = co_await request_facts(request, spool);
    if (!facts)
        co_return co_await client.refuse(503, {.reason = facts.error().reason(), .rule = rule.id});
    // An approval that is spent must not fail for want of memory.
    auto room = OutgoingHead::take_room(head.size());
    if (!room)
        co_return co_await client.refuse(503, {.reason = room.error().reason(), .rule = rule.id});
    auto lease = co_await services.gate.consume(approved, *facts, rule.credential);
    if (!lease)
        co_return co_await client.refuse(403, {.reason = lease.error().reason(), .rule = rule.id, .request = approved});
    if (!co_await client.record({.outcome = audit::Outcome::approved, .rule = rule.id, .request = approved},
                                rule.credential))
        co_return co_await client.answer(503, services.audit.why_not(), rule.id);
    const BodyFraming framing{spool.size() == 0 ? BodyKind::none : BodyKind::length, spool.size()};
    Route route{.profile = client.profile,
                .host = profile::host_of(*client.profile, client.name),
                .port = client.port,
                .secure = client.secure,
                .lease = *lease,
                .fields = Fields::held,
                .approved = true,
                .rule = rule.id};
    auto up = OutgoingHead::write(head.head(), route, framing, std::move(*room));
    if (!up)
        co_return co_await client.answer(503, up.error().text(), rule.id);
    Outgoing outgoing(spool);
    client.answered = 0;
    const bool kept = co_await forward_rest(client, std::move(route), *up, outgoing);
    const int status = client.answered;
    services.gate.tell(approved, {.status = status,
                                  .taken = status == 0 ? std::nullopt : std::optional(status < 400),
                                  .refused = {},
                                  .text = status == 0 ? "upstream gave no answer" : ""});
    co_return kept;
}

}  // namespace

Task<bool> hold_request(Conversation& client, const profile::Rule& rule, FormKind form) {
    Services& services = client.services;
    auto headers = held_headers(client.reader.head(), fields_toward({.profile = *client.profile,
                                                                     .host = client.name,
                                                                     .lease = !rule.credential.empty(),
                                                                     .fields = Fields::held}));
    if (!headers)
        co_return co_await client.refuse(403, {.reason = headers.error().reason(), .rule = rule.id});
    const HeldRequest request{client.method, client.url, client.name, client.port, std::move(*headers)};
    const KeptHead head(client.input.view().substr(0, client.reader.consumed()));
    if (!client.secure && !rule.credential.empty())
        co_return co_await client.refuse(
            403, {.reason = "a credential is never placed over a connection without TLS", .rule = rule.id});
    if (auto ok = co_await client.invite_body(); !ok)
        co_return false;
    client.take_head();
    Body body(client.stream, client.input, client.framing);
    auto spool = Spool::create(services.state_directory, kMaxHeld);
    if (!spool)
        co_return co_await client.refuse(503, {.reason = spool.error().reason(), .rule = rule.id});
    if (const TakenIn in = co_await fill(*spool, {}, body, client.stream, kHeldProgress); in.how != Intake::whole) {
        if (in.how == Intake::client_gone)
            co_return false;
        const int status = in.how == Intake::malformed ? 400 : in.how == Intake::too_large ? 413 : 503;
        co_return co_await client.refuse(status, {.reason = in.why.reason(), .rule = rule.id});
    }
    Outgoing watched(*spool);
    watched.watch(form);
    while (form != FormKind::none && !watched.done()) {
        const auto piece = co_await watched.next();
        if (watched.refused())
            co_return co_await client.refuse(400, {.reason = kFormOverride, .rule = rule.id});
        if (!piece)
            co_return co_await client.refuse(503, {.reason = piece.error().reason(), .rule = rule.id});
        co_await asio::post(services.executor, kAwait);  // others have their turn
    }
    const auto facts = co_await request_facts(request, *spool);
    if (!facts)
        co_return co_await client.refuse(503, {.reason = facts.error().reason(), .rule = rule.id});

    const std::string key = rule.id + '\n' + to_hex(client.profile->digest) + '\n' + canonical(*facts).value_or("");
    const auto question = question_for(services, key, *facts, rule);
    if (!question)
        co_return co_await client.refuse(503, {.reason = "too many requests wait for approval", .rule = rule.id});
    client.stream.within({});
    co_await wait(services, *question);
    const Approval& approval = *question->approval;
    const Verdict* verdict = question->verdict;
    if (verdict == nullptr) {
        const std::string nobody = approval.nobody();
        const std::string reason = "pending: request " + approval.request() + " waits for approval at " +
                                   approval.url() + " (" + std::to_string(approval.left().count()) + " s left" +
                                   (nobody.empty() ? "" : "; " + nobody) +
                                   "); send the identical request again to learn the answer";
        co_return co_await client.refuse(
            403,
            {.outcome = audit::Outcome::delayed, .reason = reason, .rule = rule.id, .request = approval.request()});
    }
    // One request spends the answer; the next identical one asks anew.
    if (const auto still = services.holds.find(key); still != services.holds.end() && still->second == question)
        services.holds.erase(still);
    else if (verdict->approved)
        co_return co_await client.refuse(403, {.reason = "this approval was spent by an identical request",
                                               .rule = rule.id,
                                               .request = approval.request()});
    if (!verdict->approved)
        co_return co_await client.refuse(403, {.outcome = audit::Outcome::rejected,
                                               .reason = verdict->reason,
                                               .rule = rule.id,
                                               .request = approval.request()});

    co_return co_await send_approved(client, head, request, *spool, rule, approval.request());
}

}  // namespace anchorhold::egress
