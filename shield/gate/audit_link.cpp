#include "shield/gate/audit_link.hpp"

#include <cerrno>
#include <limits>
#include <utility>
#include <vector>

namespace anchorhold::gate {

AuditLink::AuditLink(EventLoop& loop, std::string path, Handlers handlers)
    : handlers_(std::move(handlers)),
      client_(loop, std::move(path),
              {.up = [this] { greet(); },
               .message = [this](const json::object& message) { return receive(message); },
               .down = [this](const std::string& why) { lost(why); },
               .drained = [this] { flush(); }}) {}

void AuditLink::greet() {
    outbox_.add_first({handlers_.greeting(), [this](const Result<>& written) {
                           if (!written)
                               return;
                           up_ = true;
                           dropped_ = 0;
                           handlers_.up();
                       }});
    flush();
}

Result<> AuditLink::receive(const json::object& message) {
    const auto type = text_member(message, "type");
    const auto upto = integer_member(message, "upto");
    if (type == "durable" && upto) {
        outbox_.acknowledge(*upto, [](const Item& item) {
            if (item.durable)
                item.durable({});
        });
        flush();
        return {};
    }
    if (type != "failed")
        return fail("read", "the auditor's message", EBADMSG, "it is neither `durable` nor `failed`");
    failure_ = text_member(message, "reason").value_or("the auditor gave no reason");
    return fail("write", "the audit log", EIO, failure_);
}

// What someone waits for has failed, and is not told to the auditor later as if it had been done.
void AuditLink::lost(const std::string& why) {
    up_ = false;
    why_not_ = failure_.empty() ? "the auditor " + why : "the audit log cannot be written: " + failure_;
    failure_.clear();
    outbox_.send_again();
    std::vector<Durable> failed;
    outbox_.drop_unsent(std::numeric_limits<std::size_t>::max(), [&](Item& item) {
        if (!item.durable)
            return false;
        failed.push_back(std::move(item.durable));
        return true;
    });
    for (const auto& durable : failed)
        durable(fail("record", "audit log", EIO, why_not_));
    handlers_.down();
}

void AuditLink::record(json::object event, Durable durable) {
    if (!up_)
        return durable(fail("record", "audit log", ENOTCONN, why_not_));
    outbox_.add({std::move(event), std::move(durable)});
    flush();
}

void AuditLink::note(json::object event) {
    if (outbox_.size() >= kMaxWaiting) {
        ++dropped_;
        // All that waits is waited for: then it is this one that goes.
        if (outbox_.drop_unsent(1, [](const Item& item) { return !item.durable; }) == 0)
            return;
    }
    outbox_.add({std::move(event), {}});
    flush();
}

// One at a time, so that none waits in a queue of ours when it could still be told that it failed.
void AuditLink::flush() {
    while (client_.connected() && client_.drained() && !outbox_.all_sent()) {
        auto packet =
            packet_of({{"type", "records"}, {"first", outbox_.next_number()}, {"events", {outbox_.next().event}}});
        if (packet) {
            outbox_.mark_sent();
            client_.send(std::move(*packet));
            continue;
        }
        // What no packet can hold must not be taken for recorded.
        const Item item = outbox_.take_next();
        if (item.durable)
            item.durable(std::unexpected(packet.error()));
    }
}

}  // namespace anchorhold::gate
