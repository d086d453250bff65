#include "shield/egress/peers/audit.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <utility>

namespace anchorhold::egress {
namespace {
constexpr std::size_t kMaxText = std::size_t{128} * 1024;  // of a packet's events
constexpr std::chrono::seconds kRetry{1};                  // after the auditor could not write
}  // namespace

Task<> Audit::run(std::function<void()> changed) {
    changed_ = std::move(changed);
    spawn(executor_, retry());
    Link::Handlers handlers;
    handlers.up = [this] {
        failure_.clear();
        outbox_.send_again();
        flush();
        changed_();
        wake();
    };
    handlers.down = [this] {
        changed_();
        wake();
    };
    handlers.message = [this](const json::object& message) { receive(message); };
    handlers.drained = [this] { wake(); };
    co_await link_.run(std::move(handlers));
}

std::string Audit::why_not() const {
    return link_.up() ? "the auditor cannot write: " + failure_ : "the auditor is not running";
}

void Audit::receive(const json::object& message) {
    const auto type = text_member(message, "type");
    if (type == "durable") {
        if (const auto upto = integer_member(message, "upto"); upto)
            acknowledge(*upto);
    } else if (type == "failed") {
        failure_ = text_member(message, "reason").value_or("it did not say why");
        changed_();
        wake();
    }
}

void Audit::acknowledge(std::int64_t upto) {
    outbox_.acknowledge(upto, [](const std::string&) {});
    if (!failure_.empty()) {
        failure_.clear();
        changed_();
    }
    flush();
    wake();
}

void Audit::wake() {
    for (Signal* each : waiting_)
        each->set();
}

// Each packet costs the auditor a write to disk: what is recorded in one turn of the loop goes together.
void Audit::flush() {
    if (std::exchange(flushing_, true))
        return;
    asio::post(executor_, [this] {
        flushing_ = false;
        while (link_.up() && !outbox_.all_sent())
            send_batch();
        wake();
    });
}

void Audit::send_batch() {
    std::string packet = R"({"events":[)";
    const std::int64_t first = outbox_.next_number();
    while (!outbox_.all_sent() && packet.size() < kMaxText) {
        if (packet.back() != '[')
            packet += ',';
        packet += outbox_.next();
        outbox_.mark_sent();
    }
    packet += R"(],"first":)" + std::to_string(first) + R"(,"type":"records"})";
    link_.send(std::move(packet));
}

Task<> Audit::retry() {
    Timer timer(executor_);
    for (;;) {
        timer.expires_after(kRetry);
        (void)co_await timer.async_wait(kAwait);
        if (!failure_.empty() && link_.up()) {
            outbox_.send_again();
            flush();
        }
    }
}

Task<Attempt<>> Audit::record(std::string event) {
    if (outbox_.size() >= kAuditWindow)
        co_await wait_while([this] { return outbox_.size() >= kAuditWindow; });
    if (!ready())
        co_return fail(FailureKind::auditor_gone, "record", "request", ENOTCONN, why_not());
    const std::int64_t number = outbox_.add(std::move(event));
    flush();
    co_await asio::post(executor_, asio::use_awaitable_t<Executor>{});  // behind flush()
    // With the kernel, where it outlives this process, before the act begins.
    const auto held_here = [this, number] {
        return !outbox_.is_acknowledged(number) && (!outbox_.is_sent(number) || !link_.drained());
    };
    if (held_here())
        co_await wait_while(held_here);
    if (!ready())
        co_return fail(FailureKind::auditor_gone, "record", "request", ENOTCONN, why_not());
    co_return Attempt<>{};
}

Task<> Audit::wait_while(std::function<bool()> blocked) {
    Signal signal(executor_);
    waiting_.push_back(&signal);
    while (ready() && blocked())
        co_await signal.wait();
    std::erase(waiting_, &signal);
}

void Audit::note(std::string event) {
    // Twice the window: refusals find room while requests wait. Beyond it the auditor is long lost or drowned.
    if (outbox_.size() >= 2 * kAuditWindow)
        return;
    outbox_.add(std::move(event));
    flush();
}

}  // namespace anchorhold::egress
