// agent-api: answers the agent's questions about the shield, from what the gatekeeper told it. Holds no secret.
#include <systemd/sd-daemon.h>

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <iostream>

#include "base/listen_fds.hpp"
#include "shield/agent_api/bus.hpp"
#include "shield/agent_api/gate_link.hpp"
#include "shield/agent_api/gate_state.hpp"
#include "shield/agent_api/harden.hpp"
#include "shield/agent_api/why.hpp"

namespace {

using namespace anchorhold;
using namespace anchorhold::agent_api;

constexpr const char* kGatePath = "/run/anchorhold/gate";

Result<int> run() {
    if (auto ok = agent_api::harden(); !ok)
        return std::unexpected(ok.error());
    auto listener = take_listen_fd("bus");
    if (!listener)
        return std::unexpected(listener.error());
    auto loop = EventLoop::create();
    if (!loop)
        return std::unexpected(loop.error());
    const auto stopping = loop->on_signal(SIGTERM, [&](int) { loop->stop(EXIT_SUCCESS); });
    if (!stopping)
        return std::unexpected(stopping.error());
    GateState gate;
    GateLink link(
        *loop, kGatePath,
        {.message = [&](const json::object& message) { return gate.take(message); }, .down = [&] { gate.forget(); }});
    auto bus = Bus::serve(
        *loop, std::move(*listener),
        {.status = [&] { return gate.status(time(nullptr)); },
         .why = [&](const std::string& method, const std::string& url) { return why(gate.policy(), method, url); }});
    if (!bus)
        return std::unexpected(bus.error());
    link.start();
    sd_notify(0, "READY=1");
    return loop->run();
}

}  // namespace

int main() {
    const auto status = run();
    if (!status)
        std::cerr << "agent-api: " << status.error().text() << '\n';
    return status.value_or(EXIT_FAILURE);
}
