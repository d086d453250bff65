#include "shield/console/gate_link.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <utility>

namespace anchorhold::console {
namespace {

using namespace std::chrono_literals;

constexpr auto kFirstDelay = 100ms;
constexpr auto kLastDelay = 800ms;  // a gatekeeper without its console refuses whatever would ask a person
constexpr std::size_t kMaxAsked = 256;

}  // namespace

GateLink::GateLink(EventLoop& loop, std::string path, Handlers handlers)
    : loop_(&loop), path_(std::move(path)), handlers_(std::move(handlers)), delay_(kFirstDelay) {}

void GateLink::start() {
    auto fd = connect_channel(path_);
    if (!fd)
        return lose(fd.error().text());
    fd_ = std::move(*fd);
    auto watch = loop_->on_io(fd_.get(), EPOLLIN, [this](std::uint32_t) { receive(); });
    if (!watch)
        return lose(watch.error().text());
    readable_ = std::move(*watch);
    if (auto sent = send_message(fd_.get(), {{"type", "watch"}}); !sent)
        lose(sent.error().text());
}

void GateLink::try_again() {
    auto timer = loop_->after(delay_, [this] { start(); });
    delay_ = std::min<std::chrono::milliseconds>(delay_ * 2, kLastDelay);
    if (timer)
        retry_ = std::move(*timer);
    else
        loop_->stop(1);
}

void GateLink::lose(const std::string& why) {
    readable_ = Watch();
    fd_.reset();
    // Said once a loss, not at every attempt while the gatekeeper is still away.
    if (up_ || delay_ == kFirstDelay)
        std::cerr << "console: no gatekeeper: " << why << '\n';
    const bool was_up = std::exchange(up_, false);
    for (const auto& [id, on_answer] : std::exchange(asked_, {}))
        on_answer(std::unexpected("The gatekeeper stopped before it answered. The request counts as refused."));
    if (was_up)
        handlers_.down();
    try_again();
}

void GateLink::receive() {
    while (fd_) {
        const auto received = receive_message(fd_.get());
        if (!received && received.error().number == EAGAIN)
            return;
        if (!received)
            return lose(received.error().text());
        const auto& message = *received;
        if (!message)
            return lose("it closed the channel");
        handle(*message);
    }
}

void GateLink::handle(const json::object& message) {
    const auto type = text_member(message, "type");
    if (type && *type == "state") {
        if (auto ok = handlers_.state(message); !ok)
            return lose(ok.error().text());
        up_ = true;
        delay_ = kFirstDelay;
        return;
    }
    const auto id = integer_member(message, "id");
    const auto found = id ? asked_.find(*id) : asked_.end();
    if (found == asked_.end())
        return lose("it sent a message that answers nothing");
    const auto on_answer = std::move(found->second);
    asked_.erase(found);
    on_answer(message);
}

void GateLink::ask(std::int64_t id, const json::object& message, OnAnswer on_answer) {
    if (!up_)
        return on_answer(std::unexpected("The gatekeeper does not answer. Nothing can be approved until it is back."));
    if (asked_.size() >= kMaxAsked)
        return on_answer(std::unexpected("Too many calls wait for the gatekeeper. Try again in a moment."));
    if (auto sent = send_message(fd_.get(), message); !sent)
        return on_answer(std::unexpected("The gatekeeper takes no message: " + sent.error().text()));
    asked_.emplace(id, std::move(on_answer));
}

}  // namespace anchorhold::console
