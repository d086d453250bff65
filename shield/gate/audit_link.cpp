#include "shield/gate/audit_link.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace anchorhold::gate {
namespace {

constexpr std::chrono::milliseconds kFirstDelay{50};
constexpr std::chrono::milliseconds kMaxDelay{2000};

}  // namespace

AuditLink::AuditLink(EventLoop& loop, std::string path, Handlers handlers)
    : loop_(loop), path_(std::move(path)), handlers_(std::move(handlers)), delay_(kFirstDelay) {}

void AuditLink::connect() {
    retry_ = {};
    auto fd = connect_channel(path_);
    if (!fd)
        return lose("the auditor is not running (" + fd.error().text() + ")");
    fd_ = std::move(*fd);
    if (auto ok = watch(false); !ok)
        return lose(ok.error().text());
    items_.push_front({handlers_.greeting(), [this](const Result<>& written) {
                           if (!written)
                               return;
                           up_ = true;
                           dropped_ = 0;
                           delay_ = kFirstDelay;
                           handlers_.up();
                       }});
    flush();
}

// epoll(7) takes a descriptor once, so one watch serves both directions.
Result<> AuditLink::watch(bool also_writing) {
    watch_ = {};
    const std::uint32_t events = also_writing ? EPOLLIN | EPOLLOUT : EPOLLIN;
    auto watch = loop_.on_io(fd_.get(), events, [this](std::uint32_t ready) {
        if ((ready & EPOLLOUT) != 0)
            flush();
        if ((ready & ~std::uint32_t{EPOLLOUT}) != 0 && fd_)
            receive();
    });
    if (!watch)
        return std::unexpected(watch.error());
    watch_ = std::move(*watch);
    writing_ = also_writing;
    return {};
}

void AuditLink::receive() {
    const auto received = receive_message(fd_.get());
    if (!received && received.error().number == EAGAIN)
        return;
    const std::optional<json::object> message = received ? *received : std::nullopt;
    if (!message)
        return lose("the auditor stopped");
    const auto type = text_member(*message, "type");
    const auto upto = integer_member(*message, "upto");
    if (type == "durable" && upto)
        return acknowledge(*upto);
    const auto reason = text_member(*message, "reason");
    lose(type == "failed" ? "the audit log cannot be written: " + std::string(reason.value_or("no reason given"))
                          : "the auditor makes no sense");
}

void AuditLink::acknowledge(std::int64_t upto) {
    while (sent_ > 0 && first_ <= upto) {
        const Item item = std::move(items_.front());
        items_.pop_front();
        --sent_;
        ++first_;
        if (item.durable)
            item.durable({});
    }
    flush();
}

// What someone waits for has failed, and is not told to the auditor later as if it had been done.
void AuditLink::lose(std::string why) {
    watch_ = {};
    writing_ = false;
    fd_.reset();
    up_ = false;
    why_not_ = std::move(why);
    sent_ = 0;
    std::vector<Durable> failed;
    std::erase_if(items_, [&](Item& item) {
        if (!item.durable)
            return false;
        failed.push_back(std::move(item.durable));
        return true;
    });
    auto retry = loop_.after(delay_, [this] { connect(); });
    if (retry)
        retry_ = std::move(*retry);
    delay_ = std::min(delay_ * 2, kMaxDelay);
    for (const auto& durable : failed)
        durable(fail("record", "audit log", EIO, why_not_));
    handlers_.down();
}

void AuditLink::record(json::object event, Durable durable) {
    if (!up_)
        return durable(fail("record", "audit log", ENOTCONN, why_not_));
    items_.push_back({std::move(event), std::move(durable)});
    flush();
}

void AuditLink::note(json::object event) {
    if (items_.size() >= kMaxWaiting) {
        const auto oldest = std::find_if(items_.begin() + static_cast<std::ptrdiff_t>(sent_), items_.end(),
                                         [](const Item& item) { return !item.durable; });
        if (oldest != items_.end())
            items_.erase(oldest);
        ++dropped_;
    }
    items_.push_back({std::move(event), {}});
    flush();
}

void AuditLink::flush() {
    while (fd_ && sent_ < items_.size()) {
        const std::int64_t number = first_ + static_cast<std::int64_t>(sent_);
        const auto sent =
            send_message(fd_.get(), {{"type", "records"}, {"first", number}, {"events", {items_[sent_].event}}});
        if (!sent && sent.error().number == EAGAIN) {
            if (auto ok = writing_ ? Result<>{} : watch(true); !ok)
                lose(ok.error().text());
            return;
        }
        // A lost auditor shows itself to receive(). What no packet can hold must not be taken for recorded.
        if (!sent && sent.error().number != EPIPE && sent.error().number != ECONNRESET) {
            const Item item = std::move(items_[sent_]);
            items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(sent_));
            if (item.durable)
                item.durable(std::unexpected(sent.error()));
            continue;
        }
        ++sent_;
    }
    if (writing_ && fd_)
        (void)watch(false);
}

}  // namespace anchorhold::gate
