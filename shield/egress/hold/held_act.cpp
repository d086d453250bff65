#include "shield/egress/hold/held_act.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/encoding.hpp"
#include "shield/egress/credential/placement.hpp"

namespace anchorhold::egress {
namespace {

using WhenClientLeaves = HoldOptions::WhenClientLeaves;

// That the client went away. It lives in the coroutine that waits, which ends after watch() has.
struct Departure {
    explicit Departure(Executor executor) : ended(executor) {}
    Signal ended;       // nobody looks any more
    bool over = false;  // nobody needs to look
    bool gone = false;
};
// Until the client is gone, or over is set and Stream::stop_waiting() called.
Task<> watch(Stream& client, Departure& departure, Signal& news) {
    if (!departure.over)
        departure.gone = co_await client.until_gone();
    if (departure.gone)
        news.set();
    departure.ended.set();
}

std::unexpected<Failure> client_gone() {
    return fail(FailureKind::client_gone, "wait for approval", "", ECONNRESET, "the client went away while it waited");
}

}  // namespace

Task<bool> HeldAct::run(std::string_view first, Body& body, Stream& client) {
    auto lease = co_await approve(first, body, client);
    if (!lease)
        co_return co_await protocol_.refuse(lease.error(), request_.get());
    co_return co_await protocol_.send(*spool_, std::move(*lease), *request_);
}

Task<Attempt<LeasePtr>> HeldAct::approve(std::string_view first, Body& body, Stream& client) {
    const HoldOptions options = protocol_.options();
    if (auto ok = may_be_placed(by_.rule.credential, by_.secure); !ok)
        co_return std::unexpected(std::move(ok.error()));
    if (auto ok = co_await protocol_.open_body(); !ok)
        co_return std::unexpected(std::move(ok.error()));
    auto spool = holding_.make_spool(options.max_body_bytes);
    if (!spool)
        co_return std::unexpected(std::move(spool.error()));
    spool_.emplace(std::move(*spool));
    if (auto ok = co_await fill(*spool_, first, body, client, options.piece_within); !ok)
        co_return std::unexpected(std::move(ok.error()));
    const auto facts = co_await protocol_.read_facts(*spool_);
    if (!facts)
        co_return std::unexpected(facts.error());
    if (auto ok = co_await protocol_.begin_waiting(); !ok)
        co_return std::unexpected(std::move(ok.error()));
    if (auto approved = co_await ask(*facts, client); !approved)
        co_return std::unexpected(std::move(approved.error()));
    // What goes out is what was approved: the facts come from the file again, and gate compares.
    const auto again = co_await protocol_.read_facts(*spool_);
    if (!again)
        co_return std::unexpected(again.error());
    if (auto ok = protocol_.prepare_sending(); !ok)
        co_return std::unexpected(std::move(ok.error()));
    auto lease = co_await holding_.peers.gate.consume(request_->id(), *again, by_.rule.credential);
    if (!lease)
        co_return lease;
    if (auto ok = co_await protocol_.record_approved(*request_); !ok)
        co_return std::unexpected(std::move(ok.error()));
    co_return lease;
}

Task<Attempt<>> HeldAct::ask(const json::object& facts, Stream& client) {
    const bool keep = protocol_.options().when_client_leaves == WhenClientLeaves::keep;
    const auto new_request = [&] { return ApprovalRequest::ask(holding_.peers, facts, by_.rule); };
    std::string key;
    if (keep) {
        key = by_.rule.id + '\n' + to_hex(by_.profile.digest) + '\n' + canonical(facts).value_or("");
        auto found = holding_.kept.find_or_ask(key, new_request);
        if (!found)
            co_return std::unexpected(std::move(found.error()));
        request_ = std::move(*found);
    } else {
        request_ = new_request();
    }

    client.within({});
    const Executor executor = holding_.peers.executor;
    Signal news(executor);
    Departure departure(executor);
    spawn(executor, watch(client, departure, news));
    Attempt<> approved;
    {
        const ApprovalRequest::Waiter waiter(*request_, news);
        approved = co_await wait(news, departure.gone);
    }
    departure.over = true;
    client.stop_waiting();
    co_await departure.ended.wait();

    if (!keep)
        request_->withdraw();  // of no effect once there is a verdict
    if (departure.gone)
        co_return client_gone();
    // One act spends the answer; the next identical one asks anew.
    if (keep && request_->verdict()) {
        const bool mine = holding_.kept.take(key, request_);
        if (approved && !mine)
            co_return fail(FailureKind::spent, "ask for approval", request_->id(), 0,
                           "this approval was spent by an identical request");
    }
    co_return approved;
}

Task<Attempt<>> HeldAct::wait(Signal& news, const bool& gone) {
    const HoldOptions options = protocol_.options();
    const auto start = Clock::now();
    const auto until = options.patience.count() == 0 ? Clock::time_point::max() : start + options.patience;
    auto next_sign = Clock::time_point::max();
    for (bool told = false;;) {
        if (gone)
            co_return client_gone();
        if (request_->verdict())
            co_return *request_->verdict();
        if (Clock::now() >= until)
            co_return fail(FailureKind::pending, "wait for approval", request_->id());
        if (request_->taken() && (!told || Clock::now() >= next_sign)) {
            Attempt<> ok;
            if (told)
                ok = co_await protocol_.tell_still_waiting(*request_);
            else
                ok = co_await protocol_.tell_waiting(*request_);
            if (!ok)
                co_return ok;
            told = true;
            next_sign = Clock::now() + options.between_signs;
            continue;
        }
        co_await news.wait(std::min(until, next_sign));
    }
}

}  // namespace anchorhold::egress
