#include "shield/agent_api/gate_link.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <utility>

namespace anchorhold::agent_api {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kFirstDelay = 100ms;
constexpr std::chrono::milliseconds kMaxDelay = 800ms;

}  // namespace

GateLink::GateLink(EventLoop& loop, std::string path, Handlers handlers)
    : loop_(loop), path_(std::move(path)), handlers_(std::move(handlers)), delay_(kFirstDelay) {}

void GateLink::start() {
    auto fd = connect_channel(path_);
    if (!fd)
        return lose(fd.error().text());
    fd_ = std::move(*fd);
    auto watch = loop_.on_io(fd_.get(), EPOLLIN, [this](std::uint32_t) { receive(); });
    if (!watch)
        return lose(watch.error().text());
    readable_ = std::move(*watch);
    if (auto sent = send_message(fd_.get(), {{"type", "watch"}}); !sent)
        lose(sent.error().text());
}

void GateLink::connect_later() {
    auto timer = loop_.after(delay_, [this] { start(); });
    delay_ = std::min(delay_ * 2, kMaxDelay);
    // Without a timer there would never be a gatekeeper again: init starts the process anew.
    if (timer)
        retry_ = std::move(*timer);
    else
        loop_.stop(EXIT_FAILURE);
}

void GateLink::lose(const std::string& why) {
    readable_ = Watch();
    fd_.reset();
    // Said once a loss, not at every attempt while the gatekeeper is still away.
    if (delay_ == kFirstDelay)
        std::cerr << "agent-api: no gatekeeper: " << why << '\n';
    handlers_.down();
    connect_later();
}

void GateLink::receive() {
    const auto received = receive_message(fd_.get());
    if (!received && (received.error().number == EAGAIN || received.error().number == EINTR))
        return;
    if (!received)
        return lose(received.error().text());
    const std::optional<json::object>& message = *received;
    if (!message)
        return lose("it closed the channel");
    if (auto understood = handlers_.message(*message); !understood)
        return lose(understood.error().text());
    delay_ = kFirstDelay;
}

}  // namespace anchorhold::agent_api
