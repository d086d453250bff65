#include "shield/egress/git/push_hold.hpp"

#include <cerrno>
#include <optional>

#include "shield/egress/credential/incident.hpp"
#include "shield/egress/credential/scrub.hpp"
#include "shield/egress/git/push_answer.hpp"
#include "shield/egress/git/push_facts.hpp"
#include "shield/egress/git/wire/push_report.hpp"
#include "shield/egress/hold/approval.hpp"
#include "shield/egress/http/exchange.hpp"
#include "shield/egress/http/held_headers.hpp"
#include "shield/egress/io/time_limits.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::uint64_t kMaxHeld = std::uint64_t{1} << 30;

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
constexpr std::size_t kMaxScans = 8;
class Scan {
  public:
    explicit Scan(std::size_t& all) : all_(all) { ++all_; }
    ~Scan() { --all_; }
    Scan(const Scan&) = delete;
    Scan& operator=(const Scan&) = delete;

  private:
    std::size_t& all_;
};

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

// One push, from the client's body to upstream's report.
class HeldPush {
  public:
    HeldPush(Conversation& client, const KeptHead& head, std::string repository, const PushCommands& commands,
             const profile::Rule& rule)
        : client_(client),
          services_(client.services),
          head_(head),
          request_{client.method, client.url, client.name, client.port, {}},
          repository_(std::move(repository)),
          rule_(rule),
          answer_(client, commands),
          report_(commands.capabilities.side_band_64k) {}

    Task<bool> run(std::string_view first, Body& body);

  private:
    // The body to disk, and what it is: the facts that a person will judge.
    Task<Result<json::object>> take_in(Spool& spool, std::string_view first, Body& body);
    // Asks and waits. The error: a no, whoever said it.
    Task<Result<>> ask(const json::object& facts);
    Task<bool> tell_of_waiting();
    // Null when the client went away; lines keep its terminal alive meanwhile.
    Task<const Verdict*> wait();
    // Spends the approval: the credential, or null where the rule has none.
    Task<Result<LeasePtr>> spend(const Spool& spool);
    Task<bool> refuse(const std::string& reason);
    Task<bool> deliver(const Spool& spool, LeasePtr lease);
    // For whoever approved it: what upstream said, or `problem` instead.
    void tell_outcome(int status, const std::optional<std::string>& problem);
    // Upstream's own report goes through; whatever else it says becomes a reason. Nothing: it was passed on.
    Task<Result<std::optional<std::string>>> pass_report(Exchange& exchange);

    Conversation& client_;
    Services& services_;
    const KeptHead& head_;
    HeldRequest request_;
    std::string repository_;
    const profile::Rule& rule_;
    PushAnswer answer_;
    PushReport report_;                   // upstream's, as it passes by
    std::shared_ptr<Approval> approval_;  // once asked
    Secret room_;                         // for the head, once it may go up
    audit::Outcome refused_as_ = audit::Outcome::denied;
    bool gone_ = false;       // the client
    bool malformed_ = false;  // its body
    bool last_ = false;       // the connection ends with this answer
    bool passed_ = false;     // some of upstream's report
};

Task<Result<json::object>> HeldPush::take_in(Spool& spool, std::string_view first, Body& body) {
    auto headers = held_headers(head_.head(), fields_toward({.profile = *client_.profile,
                                                             .host = client_.name,
                                                             .lease = !rule_.credential.empty(),
                                                             .identity = true,
                                                             .fields = Fields::push}));
    if (TakenIn in = co_await fill(spool, first, body, client_.stream, kProgress); in.how != Intake::whole) {
        gone_ = in.how == Intake::client_gone;
        malformed_ = in.how == Intake::malformed;
        co_return std::unexpected(std::move(in.why));
    }
    if (!headers)
        co_return std::unexpected(std::move(headers.error()));
    request_.headers = std::move(*headers);
    if (services_.push_scans >= kMaxScans)
        co_return fail("hold push", "", EAGAIN, "too many pushes are being read just now; push again");
    const Scan scan(services_.push_scans);
    co_return co_await push_facts(request_, repository_, spool);
}

Task<bool> HeldPush::tell_of_waiting() {
    const std::string line = "waiting for approval " + approval_->request() + " at " + approval_->url() +
                             " (expires in " + in_words(approval_->left()) + ")";
    const std::string nobody = approval_->nobody();
    co_return co_await answer_.say(line) && (nobody.empty() || co_await answer_.say(nobody)) &&
        co_await answer_.say(
            "nothing leaves before the answer; if this connection ends without one, nothing was pushed");
}

Task<const Verdict*> HeldPush::wait() {
    client_.stream.within({});
    const auto departure = std::make_shared<Departure>(services_.executor);
    spawn(services_.executor, watch(client_.stream, departure, approval_));
    const Verdict* verdict = nullptr;
    while (verdict == nullptr && !departure->gone) {
        verdict = co_await approval_->verdict(Clock::now() + kSignOfLife);
        if (verdict == nullptr && !departure->gone &&
            !co_await answer_.say("still waiting, " + in_words(approval_->left()) + " left"))
            break;
        client_.stream.within({});
    }
    client_.stream.stop_waiting();
    co_await departure->ended.wait();
    co_return departure->gone ? nullptr : verdict;
}

Task<Result<>> HeldPush::ask(const json::object& facts) {
    if (!client_.secure && !rule_.credential.empty())
        co_return fail("place credential", rule_.credential, 0,
                       "credential " + rule_.credential + " is never placed over a connection without TLS; use https");
    approval_ = std::make_shared<Approval>(services_, facts, rule_);
    const Verdict* verdict = nullptr;
    if (!co_await approval_->pending() || co_await tell_of_waiting())
        verdict = co_await wait();
    if (verdict == nullptr) {
        gone_ = true;
        refused_as_ = audit::Outcome::rejected;
        co_return fail("hold push", "", ECONNRESET, "the client went away while it waited");
    }
    if (!verdict->approved) {
        refused_as_ = audit::Outcome::rejected;
        co_return fail("hold push", "", 0, verdict->reason);
    }
    co_return Result<>{};
}

Task<Result<LeasePtr>> HeldPush::spend(const Spool& spool) {
    // What goes out is what was approved: the facts come from the file again, and gate compares.
    const auto facts = co_await push_facts(request_, repository_, spool);
    if (!facts)
        co_return std::unexpected(facts.error());
    // An approval that is spent must not fail for want of memory.
    auto room = OutgoingHead::take_room(head_.size());
    if (!room)
        co_return std::unexpected(room.error());
    room_ = std::move(*room);
    co_return co_await services_.gate.consume(approval_->request(), *facts, rule_.credential);
}

Task<bool> HeldPush::refuse(const std::string& reason) {
    (void)co_await client_.record(
        {.outcome = refused_as_, .reason = reason, .rule = rule_.id, .request = approval_ ? approval_->request() : ""});
    if (gone_ || !co_await answer_.reject("refused: " + reason))
        co_return false;
    if (last_)
        co_await client_.drain(kMaxHeld, kProgress);
    co_return !last_;
}

Task<Result<std::optional<std::string>>> HeldPush::pass_report(Exchange& exchange) {
    const ResponseHead& head = exchange.answer();
    const Field* type = head.find(FieldId::content_type);
    if (head.status != 200 || type == nullptr || type->value != "application/x-git-receive-pack-result")
        co_return client_.name + " answered " + std::to_string(head.status) + ", not with git's report";
    if (const auto problem = exchange.unfit())
        co_return *problem + "; what became of the push is not known";
    Scrubber scrub(index_of(exchange.echoes()));
    Incidents incidents(client_, exchange);
    // For a credential in it: told in words as long as nothing has gone back.
    const auto cut = [&]() -> Result<std::optional<std::string>> {
        if (!passed_)
            return client_.name + "'s report held a credential; what became of the push is not known";
        return fail("pass on the report of", client_.name, 0, "it held a credential");
    };
    DecodedBody& body = exchange.content();
    for (;;) {
        const auto piece = co_await body.next();
        if (!piece)
            co_return std::unexpected(piece.error());
        if (piece->empty())
            break;
        const std::string_view goes = scrub.pass(piece->data(), piece->size());
        if (!co_await incidents.look(scrub.hits()))
            co_return cut();
        passed_ = passed_ || !goes.empty();
        report_.add(goes);
        if (auto ok = co_await answer_.pass(goes); !ok)
            co_return std::unexpected(std::move(ok.error()));
        exchange.keep_waiting();
    }
    const std::string_view goes = scrub.rest();
    if (!co_await incidents.look(scrub.hits()))
        co_return cut();
    report_.add(goes);
    if (auto ok = co_await answer_.pass(goes); !ok)
        co_return std::unexpected(std::move(ok.error()));
    if (auto ok = co_await answer_.end(); !ok)
        co_return std::unexpected(std::move(ok.error()));
    co_return std::optional<std::string>{};
}

void HeldPush::tell_outcome(int status, const std::optional<std::string>& problem) {
    Gate::Outcome outcome{.status = status, .taken = {}, .refused = {}, .text = problem.value_or("")};
    if (!problem && report_.whole()) {
        outcome.taken = report_.taken();
        outcome.text = report_.unpack_refused();
        for (const auto& [ref, reason] : report_.refused())
            outcome.refused.push_back(json::object{{"ref", ref}, {"reason", reason}});
    } else if (!problem) {
        outcome.text = "its report was not whole";
    } else if (status >= 400) {
        outcome.taken = false;
    }
    services_.gate.tell(approval_->request(), std::move(outcome));
}

Task<bool> HeldPush::deliver(const Spool& spool, LeasePtr lease) {
    const BodyFraming framing{BodyKind::length, spool.size()};
    Route route{.profile = client_.profile,
                .host = profile::host_of(*client_.profile, client_.name),
                .port = client_.port,
                .secure = client_.secure,
                .lease = lease,
                .identity = true,
                .fields = Fields::push,
                .approved = true,
                .rule = rule_.id};
    auto up = OutgoingHead::write(head_.head(), route, framing, std::move(room_));
    if (!up)
        co_return co_await answer_.reject(up.error().text()) && !last_;
    Outgoing outgoing(spool);
    Exchange exchange(services_, std::move(route));
    const auto started = co_await exchange.start(*up, outgoing, client_.stream);
    Result<std::optional<std::string>> problem;
    if (started)
        problem = co_await pass_report(exchange);
    else
        problem = "cannot reach " + client_.name + ": " + started.error().text();
    if (!exchange.cut().empty() && !passed_)
        problem = "it was cut off, so what became of the push is not known: " + exchange.cut();
    const int status = started ? exchange.answer().status : 0;
    tell_outcome(status, problem ? *problem : std::optional<std::string>("the connection ended within the report"));
    co_await exchange.finish(problem && !*problem);
    client_.record_end(exchange.end(), !problem ? "its report broke off" : problem->value_or(""));
    if (!problem)
        co_return false;
    if (const auto& reason = *problem)
        co_return co_await answer_.reject("approved, but " + *reason) && !last_;
    co_return !last_;
}

Task<bool> HeldPush::run(std::string_view first, Body& body) {
    auto spool = Spool::create(services_.state_directory, kMaxHeld);
    Result<json::object> facts;
    if (spool)
        facts = co_await take_in(*spool, first, body);
    else
        facts = std::unexpected(spool.error());
    if (gone_)
        co_return false;
    if (malformed_) {
        client_.keep_alive = false;
        co_return co_await client_.refuse(400, {.reason = facts.error().reason(), .rule = rule_.id});
    }
    if (!answer_.possible())
        co_return co_await client_.refuse(
            403, {.reason = "a push that must be approved needs git's report-status", .rule = rule_.id});
    last_ = !body.done() || !client_.keep_alive;
    if (!co_await answer_.begin(last_))
        co_return false;
    if (!facts)
        co_return co_await refuse(facts.error().reason());
    if (const auto yes = co_await ask(*facts); !yes)
        co_return co_await refuse(yes.error().reason());
    auto lease = co_await spend(*spool);
    if (!lease)
        co_return co_await refuse(lease.error().reason());
    if (!co_await client_.record(
            {.outcome = audit::Outcome::approved, .rule = rule_.id, .request = approval_->request()}, rule_.credential))
        co_return co_await refuse(services_.audit.why_not());
    co_return co_await deliver(*spool, std::move(*lease));
}

}  // namespace

Task<bool> hold_push(Conversation& client, const KeptHead& head, std::string repository, const PushCommands& commands,
                     std::string first, Body& body, const profile::Rule& rule) {
    HeldPush push(client, head, std::move(repository), commands, rule);
    co_return co_await push.run(first, body);
}

}  // namespace anchorhold::egress
