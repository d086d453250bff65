#include "init/supervise/supervisor.hpp"

#include <algorithm>
#include <csignal>

#include "init/launch/notify_message.hpp"

namespace anchorhold::init {

const Supervisor::Entry* Supervisor::find(std::string_view service) const {
    const auto at = std::ranges::find(entries_, service, [](const auto& entry) { return entry->service.name; });
    return at == entries_.end() ? nullptr : at->get();
}

void Supervisor::start(Supervised service) {
    entries_.push_back(std::make_unique<Entry>());
    Entry& entry = *entries_.back();
    entry.service = std::move(service);
    launch(entry);
}

void Supervisor::launch(Entry& entry) {
    entry.timer = Watch();
    entry.started = system_.microseconds_since_boot();
    auto child = entry.service.start();
    if (!child)
        return died(entry, child.error().text());
    entry.pid = child->pid;
    if (auto watched =
            children_.watch(std::move(*child), [this, &entry](const Death& death) { died(entry, text_of(death)); });
        !watched)
        return died(entry, watched.error().text());
    expect_ready(entry);
}

void Supervisor::expect_ready(Entry& entry) {
    timers_.set(entry.timer, kPatience, [this, &entry] {
        // Its end comes by SIGCHLD and is handled as any other.
        callbacks_.lost(entry.service.name, "not READY in time; killed");
        if (auto killed = children_.signal(entry.pid, SIGKILL); !killed)
            callbacks_.lost(entry.service.name, killed.error().text());
    });
}

void Supervisor::died(Entry& entry, const std::string& why) {
    entry.pid = -1;
    entry.ready = false;
    entry.status.clear();
    entry.timer = Watch();
    if (!restarting_)
        return;
    const auto ran = std::chrono::microseconds(system_.microseconds_since_boot() - entry.started);
    const auto pause = entry.backoff.next(std::chrono::duration_cast<Backoff::Span>(ran), system_.random());
    callbacks_.lost(entry.service.name, why);
    timers_.set(entry.timer, pause, [this, &entry] {
        if (restarting_)
            launch(entry);
    });
}

void Supervisor::notified(pid_t pid, std::string_view text) {
    const auto at = std::ranges::find(entries_, pid, [](const auto& entry) { return entry->pid; });
    if (pid <= 0 || at == entries_.end())
        return;
    Entry& entry = **at;
    const NotifyMessage message = read_notify_message(text);
    if (message.status)
        entry.status = *message.status;
    if (!message.ready || entry.ready)
        return;
    entry.ready = true;
    entry.timer = Watch();
    callbacks_.ready(entry.service.name);
}

void Supervisor::stop_restarting() {
    restarting_ = false;
    for (const auto& entry : entries_)
        entry->timer = Watch();
}

bool Supervisor::signal(std::string_view service, int number) {
    const Entry* entry = find(service);
    return entry != nullptr && entry->pid > 0 && children_.signal(entry->pid, number).has_value();
}

pid_t Supervisor::pid(std::string_view service) const {
    const Entry* entry = find(service);
    return entry == nullptr ? -1 : entry->pid;
}

bool Supervisor::running(std::string_view service) const {
    return pid(service) > 0;
}

bool Supervisor::guard(std::string_view service) const {
    const Entry* entry = find(service);
    return entry != nullptr && entry->service.guard;
}

bool Supervisor::guards_ready() const {
    const auto guards = [](const auto& entry) { return entry->service.guard; };
    return std::ranges::any_of(entries_, guards) &&
           std::ranges::all_of(entries_, [](const auto& entry) { return !entry->service.guard || entry->ready; });
}

bool Supervisor::ready(std::string_view service) const {
    const Entry* entry = find(service);
    return entry != nullptr && entry->ready;
}

unsigned Supervisor::tries(std::string_view service) const {
    const Entry* entry = find(service);
    return entry == nullptr ? 0 : entry->backoff.tries();
}

std::string Supervisor::status(std::string_view service) const {
    const Entry* entry = find(service);
    return entry == nullptr ? std::string() : entry->status;
}

}  // namespace anchorhold::init
