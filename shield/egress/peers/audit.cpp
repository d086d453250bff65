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

Task<> Audit::keep(std::function<void()> changed) {
    changed_ = std::move(changed);
    spawn(executor_, retry());
    Link::Handlers handlers;
    handlers.up = [this] {
        failure_.clear();
        sent_ = 0;
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
    co_await link_.keep(std::move(handlers));
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
    while (sent_ > 0 && first_ <= upto) {
        events_.pop_front();
        --sent_;
        ++first_;
    }
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
        while (link_.up() && sent_ < events_.size())
            send_batch();
        wake();
    });
}

void Audit::send_batch() {
    std::string packet = R"({"events":[)";
    const std::int64_t first = first_ + static_cast<std::int64_t>(sent_);
    while (sent_ < events_.size() && packet.size() < kMaxText) {
        if (packet.back() != '[')
            packet += ',';
        packet += events_[sent_++];
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
            sent_ = 0;
            flush();
        }
    }
}

Task<Result<>> Audit::record(std::string event) {
    if (events_.size() >= kAuditWindow)
        co_await wait_while([this] { return events_.size() >= kAuditWindow; });
    if (!ready())
        co_return fail("record", "request", ENOTCONN, why_not());
    const std::int64_t number = first_ + static_cast<std::int64_t>(events_.size());
    note(std::move(event));
    co_await asio::post(executor_, asio::use_awaitable_t<Executor>{});  // behind flush()
    // With the kernel, where it outlives this process, before the act begins.
    const auto held_here = [this, number] {
        return number >= first_ && (number >= first_ + static_cast<std::int64_t>(sent_) || !link_.drained());
    };
    if (held_here())
        co_await wait_while(held_here);
    if (!ready())
        co_return fail("record", "request", ENOTCONN, why_not());
    co_return Result<>{};
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
    if (events_.size() >= 2 * kAuditWindow)
        return;
    events_.push_back(std::move(event));
    flush();
}

}  // namespace anchorhold::egress
