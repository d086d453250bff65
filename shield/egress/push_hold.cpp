#include "shield/egress/push_hold.hpp"

#include <cerrno>

#include "shield/egress/approval.hpp"
#include "shield/egress/exchange.hpp"
#include "shield/egress/push_answer.hpp"
#include "shield/egress/push_facts.hpp"
#include "shield/egress/scrub.hpp"
#include "shield/egress/time_limits.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::uint64_t kMostHeld = std::uint64_t{1} << 30;

std::string in_words(std::chrono::seconds time) {
    const auto minutes = time.count() / 60;
    const auto seconds = time.count() % 60;
    std::string text;
    if (minutes > 0)
        text = std::to_string(minutes) + " min";
    if (seconds > 0 || minutes == 0)
        text += (text.empty() ? "" : " ") + std::to_string(seconds) + " s";
    return text;
}

// A pack of a million objects takes 16 MiB while it is scanned.
constexpr std::size_t kMostScans = 8;
class Scan {
  public:
    explicit Scan(std::size_t& all) : all_(all) { ++all_; }
    ~Scan() { --all_; }
    Scan(const Scan&) = delete;
    Scan& operator=(const Scan&) = delete;

  private:
    std::size_t& all_;
};
Task<Result<json::object>> first_facts(Services& services, HeldRequest request, std::string repository,
                                       const Spool& spool) {
    if (services.push_scans >= kMostScans)
        co_return fail("hold push", "", EAGAIN, "too many pushes are being read just now; push again");
    const Scan scan(services.push_scans);
    co_return co_await push_facts(std::move(request), std::move(repository), spool);
}

// That the client went away. `ended`: nobody looks any more, because it did or because of Stream::stop_waiting().
struct Departure {
    explicit Departure(Executor executor) : ended(executor) {}
    Signal ended;
    bool gone = false;
};
Task<> watch(Stream& stream, std::shared_ptr<Departure> departure, std::shared_ptr<Approval> approval) {
    departure->gone = co_await stream.until_gone();
    if (departure->gone)
        approval->wake();
    departure->ended.set();
}

// The verdict, or null when the client went away; lines keep its terminal alive meanwhile.
Task<const Verdict*> wait(Conversation& client, PushAnswer& answer, std::shared_ptr<Approval> approval) {
    client.stream.within({});
    const auto departure = std::make_shared<Departure>(client.services.executor);
    spawn(client.services.executor, watch(client.stream, departure, approval));
    const Verdict* verdict = nullptr;
    while (verdict == nullptr && !departure->gone) {
        verdict = co_await approval->verdict(Clock::now() + kSignOfLife);
        if (verdict == nullptr && !departure->gone &&
            !co_await answer.say("still waiting, " + in_words(approval->left()) + " left"))
            break;
        client.stream.within({});
    }
    client.stream.stop_waiting();
    co_await departure->ended.wait();
    co_return departure->gone ? nullptr : verdict;
}

// Upstream's own report goes through; whatever else it says becomes a reason. Nothing: it was passed on.
Task<Result<std::optional<std::string>>> send(Conversation& client, PushAnswer& answer, Exchange& exchange,
                                              const Lease* lease) {
    const ResponseHead& head = exchange.answer();
    const Field* type = head.find(FieldId::content_type);
    if (head.status != 200 || type == nullptr || type->value != "application/x-git-receive-pack-result")
        co_return client.name + " answered " + std::to_string(head.status) + ", not with git's report";
    const Field* coding = head.find(FieldId::content_encoding);
    if (coding != nullptr && !equal_ignoring_case(coding->value, "identity"))
        co_return client.name +
            " compressed its report although none was asked for; what became of the push is not known";
    Scrubber scrub = lease == nullptr ? Scrubber() : Scrubber(lease->patterns);
    Body& body = exchange.content();
    for (;;) {
        const auto piece = co_await body.next();
        if (!piece)
            co_return std::unexpected(piece.error());
        if (piece->empty())
            break;
        if (auto ok = co_await answer.pass(scrub.pass(piece->data(), piece->size())); !ok)
            co_return std::unexpected(std::move(ok.error()));
        exchange.keep_waiting();
    }
    if (auto ok = co_await answer.pass(scrub.rest()); !ok)
        co_return std::unexpected(std::move(ok.error()));
    if (auto ok = co_await answer.end(); !ok)
        co_return std::unexpected(std::move(ok.error()));
    co_return std::optional<std::string>{};
}

}  // namespace

Task<bool> hold_push(Conversation& client, const KeptHead& head, std::string repository, const PushCommands& commands,
                     std::string first, Body& body, const profile::Rule& rule) {
    Services& services = client.services;
    PushAnswer answer(client, commands);
    const HeldRequest request{client.method, client.url, client.name, client.port, {}};
    const std::string credential = rule.credential;

    auto spool = Spool::create(services.state_folder, kMostHeld);
    Result<json::object> facts;
    if (!spool)
        facts = std::unexpected(spool.error());
    else if (auto kept = co_await fill(*spool, first, body, client.stream, kProgress); !kept)
        facts = std::unexpected(kept.error());
    else
        facts = co_await first_facts(services, request, repository, *spool);
    const bool whole = body.done();
    if (!facts && spool && !whole && facts.error().tried == "read body")
        co_return false;  // the client broke off

    const bool last = !whole || !client.keep_alive;
    if (!answer.possible())
        co_return co_await client.refuse(
            403, {.reason = "a push that must be approved needs git's report-status", .rule = rule.id});
    if (!co_await answer.begin(last))
        co_return false;
    std::string no;  // why it is refused
    audit::Outcome outcome = audit::Outcome::denied;
    std::shared_ptr<Approval> approval;
    if (!facts) {
        no = facts.error().detail.empty() ? facts.error().text() : facts.error().detail;
    } else if (!client.secure && !credential.empty()) {
        no = "credential " + credential + " is never placed over a connection without TLS; use https";
    } else {
        approval = std::make_shared<Approval>(services, *facts, rule);
        if (co_await approval->pending()) {
            const std::string line = "waiting for approval " + approval->request() + " at " + approval->url() +
                                     " (expires in " + in_words(approval->left()) + ")";
            if (!co_await answer.say(line) ||
                !co_await answer.say(
                    "nothing leaves before the answer; if this connection ends without one, nothing was pushed"))
                co_return false;
        }
        const Verdict* verdict = co_await wait(client, answer, approval);
        if (verdict == nullptr) {
            (void)co_await client.record({.outcome = audit::Outcome::rejected,
                                          .reason = "the client went away while it waited",
                                          .rule = rule.id,
                                          .request = approval->request()});
            co_return false;
        }
        if (!verdict->approved) {
            no = verdict->reason;
            outcome = audit::Outcome::rejected;
        }
    }

    LeasePtr lease;
    if (no.empty()) {
        // What goes out is what was approved: the facts come from the file again, and gate compares.
        auto again = co_await push_facts(request, repository, *spool);
        Result<LeasePtr> lent;
        if (again)
            lent = co_await services.gate.consume(approval->request(), *again, credential);
        else
            lent = std::unexpected(again.error());
        if (lent)
            lease = std::move(*lent);
        else
            no = lent.error().detail.empty() ? lent.error().text() : lent.error().detail;
    }
    const std::string id = approval ? approval->request() : "";
    if (no.empty() &&
        !co_await client.record({.outcome = audit::Outcome::approved, .rule = rule.id, .request = id}, credential))
        no = services.audit.why_not();
    else if (!no.empty())
        (void)co_await client.record({.outcome = outcome, .reason = no, .rule = rule.id, .request = id});
    if (!no.empty()) {
        if (!co_await answer.reject("refused: " + no))
            co_return false;
        if (last)
            co_await client.drain(kMostHeld, kProgress);
        co_return !last;
    }

    const BodyFraming framing{BodyKind::length, spool->size()};
    Route route{
        client.profile, profile::host_of(*client.profile, client.name), client.port, client.secure, lease, true};
    const auto up = OutgoingHead::write(head.head(), route, framing);
    if (!up)
        co_return co_await answer.reject(up.error().text()) && !last;
    Outgoing outgoing(*spool);
    Exchange exchange(services, std::move(route));
    const auto started = co_await exchange.start(*up, framing, outgoing, client.stream, false, false, true);
    if (!started) {
        co_await exchange.finish(false);
        co_return co_await answer.reject("approved, but cannot reach " + client.name + ": " + started.error().text()) &&
            !last;
    }
    const auto sent = co_await send(client, answer, exchange, lease.get());
    if (!sent) {
        co_await exchange.finish(false);
        co_return false;
    }
    const std::optional<std::string>& problem = *sent;
    co_await exchange.finish(!problem);
    if (problem)
        co_return co_await answer.reject("approved, but " + *problem) && !last;
    co_return !last;
}

}  // namespace anchorhold::egress
