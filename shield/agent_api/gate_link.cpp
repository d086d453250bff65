#include "shield/agent_api/gate_link.hpp"

#include <iostream>
#include <utility>

namespace anchorhold::agent_api {

GateLink::GateLink(EventLoop& loop, std::string path, Handlers handlers)
    : handlers_(std::move(handlers)),
      client_(loop, std::move(path),
              {.up =
                   [this] {
                       if (auto packet = packet_of({{"type", "watch"}}); packet)
                           client_.send(std::move(*packet));
                   },
               .message =
                   [this](const json::object& message) {
                       told_ = false;
                       return handlers_.message(message);
                   },
               .down = [this](const std::string& why) { lost(why); }}) {}

void GateLink::lost(const std::string& why) {
    if (!std::exchange(told_, true))
        std::cerr << "agent-api: the gatekeeper " << why << '\n';
    handlers_.down();
}

}  // namespace anchorhold::agent_api
