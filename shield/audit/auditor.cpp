#include "shield/audit/auditor.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <print>

#include "base/identities.hpp"
#include "shield/audit/event.hpp"

namespace anchorhold::audit {
namespace {

// Who may report, and what the log calls it (docs/design.md, "Who runs as whom").
struct Reporter {
    uid_t uid;
    std::string_view name;
};
constexpr Reporter kReporters[] = {{0, "init"}, {kGateUid, "gate"}, {kEgressUid, "egress"}, {kConsoleUid, "console"}};

std::string_view reporter_name(uid_t uid) {
    for (const auto& reporter : kReporters)
        if (reporter.uid == uid)
            return reporter.name;
    return {};
}

constexpr int kAuthorizeSession = 3003;      // a person's answer
constexpr int kApiActivity = 6003;           // what was done with it
constexpr int kNetworkActivityCategory = 4;  // of class_uid's thousands: requests, questions, connections
constexpr std::chrono::milliseconds kPause{5};
using namespace std::chrono_literals;

std::string host_name() {
    std::array<char, 65> name{};
    gethostname(name.data(), name.size() - 1);
    return name.data();
}

}  // namespace

Auditor::Auditor(EventLoop& loop, Log log, UniqueFd listener, UniqueFd witness, AuditorLimits limits)
    : loop_(loop),
      log_(std::move(log)),
      listener_(std::move(listener)),
      witness_(loop, std::move(witness)),
      limits_(limits),
      workstation_(host_name()) {}

// What the auditor itself has to say: what is new, or that something is amiss.
void Auditor::note(std::string what) {
    json::object said = event(Lifecycle{.common = {.time = now_ms(),
                                                   .workstation = workstation_,
                                                   .outcome = Outcome::allowed,
                                                   .reason = std::move(what)},
                                        .program = "audit",
                                        .started = true});
    said["activity_id"] = 99;
    said["activity_name"] = "Log Repair";
    said["type_uid"] = 600299;
    if (auto ok = log_.append(std::move(said), "audit"); !ok)
        std::println(stderr, "audit: {}", ok.error().text());
}

Result<> Auditor::start() {
    const Common common{.time = now_ms(), .workstation = workstation_, .outcome = Outcome::allowed};
    if (auto ok = log_.append(event(Lifecycle{.common = common, .program = "audit", .started = true}), "audit"); !ok)
        return ok;
    if (log_.cut_bytes() > 0)
        note("an unfinished record of " + std::to_string(log_.cut_bytes()) +
             " bytes, never acknowledged, was cut off: the power failed or the auditor was killed while writing");
    if (auto ok = log_.commit(); !ok)
        return ok;
    sign();
    auto acceptor = Acceptor::start(loop_, std::move(listener_), "a shield process",
                                    [this](UniqueFd fd, const sockaddr_storage&) { accept(std::move(fd)); });
    if (!acceptor)
        return std::unexpected(acceptor.error());
    acceptor_ = std::move(*acceptor);
    return {};
}

void Auditor::accept(UniqueFd fd) {
    make_room_for_packets(fd.get());
    const auto peer = peer_of(fd.get());
    const auto reporter = peer ? reporter_name(peer->uid) : std::string_view();
    if (reporter.empty() || clients_.size() >= limits_.clients) {
        std::println(stderr, "audit: refused a connection of uid {}", peer ? peer->uid : static_cast<uid_t>(-1));
        return;
    }
    auto client = std::make_unique<Client>();
    client->fd = std::move(fd);
    client->reporter = reporter;
    watch(*client);
    if (!client->over)
        clients_.emplace(client->fd.get(), std::move(client));
}

void Auditor::watch(Client& client) {
    client.watch = Watch();
    const std::uint32_t events = client.durable ? EPOLLIN | EPOLLOUT : EPOLLIN;
    auto watch = loop_.on_io(client.fd.get(), events, [this, raw = &client](std::uint32_t ready) {
        if ((ready & EPOLLOUT) != 0 && raw->durable)
            acknowledge(*raw, *raw->durable);
        if ((ready & ~std::uint32_t{EPOLLOUT}) != 0)
            drain(*raw);
    });
    if (watch)
        client.watch = std::move(*watch);
    else
        client.over = true;
}

void Auditor::drain(Client& client) {
    while (!client.over && log_.pending_bytes() < limits_.batch_bytes) {
        auto received = receive_message(client.fd.get());
        if (!received && received.error().number == EAGAIN)
            break;
        if (received) {
            if (auto& message = *received) {
                take(client, *message);
                continue;
            }
        }
        // At the end, or not a message of ours: what came before still counts.
        client.over = true;
        client.watch = Watch();
    }
    // Behind everything else that is ready now, so that it goes to disk together; requests, on which nobody waits, with
    // what comes shortly after.
    const bool now = hasty_ || log_.pending_bytes() >= limits_.batch_bytes;
    if (flushing_ && (soon_ || !now))
        return;
    const auto since = std::chrono::steady_clock::now() - flushed_;
    soon_ = now || since >= kPause;
    const auto pause = soon_ ? 0us : std::chrono::ceil<std::chrono::microseconds>(kPause - since);
    flushing_ = Watch();
    auto watch = loop_.after(pause, [this] { flush(); });
    if (watch)
        flushing_ = std::move(*watch);
    else
        loop_.stop(1);
}

void Auditor::take(Client& client, json::object& message) {
    const auto type = text_member(message, "type");
    const auto first = integer_member(message, "first");
    json::value* member = message.if_contains("events");
    if (!type || *type != "records" || !first || *first < 0 || member == nullptr || !member->is_array() ||
        member->get_array().empty()) {
        client.over = true;
        client.watch = Watch();
        return;
    }
    json::array& events = member->get_array();
    const auto count = static_cast<std::int64_t>(events.size());
    const Numbers numbers{.first = *first, .last = *first + count - 1};
    if (client.owed && numbers.first > *client.owed)
        return refuse(client, numbers, "record " + std::to_string(*client.owed) + " was refused and comes first");
    bool urgent = false;
    for (const auto& one : events) {
        const auto class_uid = one.is_object() ? integer_member(one.get_object(), "class_uid") : -1;
        urgent = urgent || (class_uid && (*class_uid == kAuthorizeSession || *class_uid == kApiActivity));
        hasty_ = hasty_ || !class_uid || *class_uid / 1000 != kNetworkActivityCategory;
    }
    if (auto ok = log_.append(std::move(events), client.reporter); !ok)
        return refuse(client, numbers, ok.error().text());
    client.owed.reset();
    urgent_ = urgent_ || urgent;
    client.batched = Numbers{.first = client.batched ? client.batched->first : numbers.first, .last = numbers.last};
}

// An acknowledgement is cumulative, so nothing that follows a refused record is taken before that record comes again.
void Auditor::refuse(Client& client, Numbers numbers, const std::string& reason) {
    std::println(stderr, "audit: refused records of {}: {}", client.reporter, reason);
    client.owed = std::min(client.owed.value_or(numbers.first), numbers.first);
    if (!send_message(client.fd.get(), {{"type", "failed"}, {"upto", numbers.last}, {"reason", reason}})) {
        client.over = true;
        client.watch = Watch();
    }
}

void Auditor::flush() {
    flushing_ = Watch();
    hasty_ = soon_ = false;
    flushed_ = std::chrono::steady_clock::now();
    if (refused_ > 0)
        note("the log could not be written for a while: " + std::to_string(refused_) +
             " batches of records were refused");
    const auto written = log_.commit();
    if (written)
        refused_ = 0;
    else
        ++refused_;
    for (auto& [fd, client] : clients_) {
        const auto batched = std::exchange(client->batched, std::nullopt);
        if (!batched)
            continue;
        if (written)
            acknowledge(*client, batched->last);
        else
            refuse(*client, *batched, written.error().text());
    }
    drop_ended();
    if (log_.lost()) {
        std::println(stderr, "audit: the disk failed, what it holds is unknown; ending so that the log is read anew");
        return loop_.stop(1);
    }
    if (urgent_ || log_.unsigned_records() >= limits_.checkpoint_records)
        sign();
    else
        sign_later();
}

void Auditor::acknowledge(Client& client, std::int64_t upto) {
    const auto sent = send_message(client.fd.get(), {{"type", "durable"}, {"upto", upto}});
    const bool waited = client.durable.has_value();
    const bool waits = !sent && sent.error().number == EAGAIN;
    client.durable = waits ? std::optional(upto) : std::nullopt;
    if (waits != waited)
        watch(client);
}

void Auditor::sign() {
    urgent_ = false;
    signing_ = Watch();
    const auto note = log_.checkpoint();
    if (!note)
        std::println(stderr, "audit: no checkpoint: {}", note.error().text());
    else if (const auto& text = *note)
        witness_.tell(*text);
}

void Auditor::sign_later() {
    if (signing_ || log_.unsigned_records() == 0)
        return;
    if (auto watch = loop_.after(limits_.checkpoint_after, [this] { sign(); }))
        signing_ = std::move(*watch);
}

void Auditor::drop_ended() {
    std::erase_if(clients_, [](const auto& entry) { return entry.second->over; });
}

void Auditor::stop() {
    acceptor_.reset();
    for (auto& [fd, client] : clients_)
        drain(*client);
    flush();
    const Common common{.time = now_ms(), .workstation = workstation_, .outcome = Outcome::allowed};
    if (log_.append(event(Lifecycle{.common = common, .program = "audit", .started = false}), "audit"))
        if (auto ok = log_.commit(); !ok)
            std::println(stderr, "audit: {}", ok.error().text());
    sign();
}

}  // namespace anchorhold::audit
