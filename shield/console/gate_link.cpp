#include "shield/console/gate_link.hpp"

#include <cerrno>
#include <iostream>
#include <utility>

namespace anchorhold::console {
namespace {

constexpr std::size_t kMaxAsked = 256;

}  // namespace

GateLink::GateLink(EventLoop& loop, std::string path, Handlers handlers)
    : handlers_(std::move(handlers)),
      client_(loop, std::move(path),
              {.up = [this] { greet(); },
               .message = [this](const json::object& message) { return receive(message); },
               .down = [this](const std::string& why) { lost(why); }}) {}

void GateLink::greet() {
    if (auto packet = packet_of({{"type", "watch"}}); packet)
        client_.send(std::move(*packet));
}

void GateLink::lost(const std::string& why) {
    const bool was_up = std::exchange(up_, false);
    if (was_up || !told_)
        std::cerr << "console: the gatekeeper " << why << '\n';
    told_ = true;
    for (const auto& [id, on_answer] : std::exchange(asked_, {}))
        on_answer(std::unexpected("The gatekeeper stopped before it answered. The request counts as refused."));
    if (was_up)
        handlers_.down();
}

Result<> GateLink::receive(const json::object& message) {
    const auto type = text_member(message, "type");
    if (type && *type == "state") {
        if (auto ok = handlers_.state(message); !ok)
            return ok;
        up_ = true;
        return {};
    }
    const auto id = integer_member(message, "id");
    const auto found = id ? asked_.find(*id) : asked_.end();
    if (found == asked_.end())
        return fail("read", "the gatekeeper's message", EBADMSG, "it answers nothing that was asked");
    const auto on_answer = std::move(found->second);
    asked_.erase(found);
    on_answer(message);
    return {};
}

void GateLink::ask(std::int64_t id, const json::object& message, OnAnswer on_answer) {
    if (!up_)
        return on_answer(std::unexpected("The gatekeeper does not answer. Nothing can be approved until it is back."));
    if (asked_.size() >= kMaxAsked)
        return on_answer(std::unexpected("Too many calls wait for the gatekeeper. Try again in a moment."));
    auto packet = packet_of(message);
    if (!packet)
        return on_answer(std::unexpected("The gatekeeper takes no such message: " + packet.error().text()));
    asked_.emplace(id, std::move(on_answer));
    client_.send(std::move(*packet));
}

}  // namespace anchorhold::console
