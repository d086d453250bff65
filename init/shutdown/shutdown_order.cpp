#include "init/shutdown/shutdown_order.hpp"

namespace anchorhold::init {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kCell[] = {"cell"};
constexpr std::string_view kFaces[] = {"agent-api", "egress", "console"};
constexpr std::string_view kGate[] = {"gate"};
constexpr std::string_view kAudit[] = {"audit"};

template <const auto& services>
void stop(Shutdown& shutdown, Done done) {
    shutdown.stop(services, std::move(done));
}

void kill_rest(Shutdown& shutdown, Done done) {
    shutdown.kill_rest(std::move(done));
}

Result<> hold_still(Shutdown& shutdown) {
    shutdown.hold_still();
    return {};
}

Result<> power_off_cleanly(Shutdown& shutdown) {
    shutdown.power_off_cleanly();
    return {};
}

// A step that fails or uses up its time ends nothing: the machine goes down, within seconds.
constexpr Step<Shutdown> kOrder[] = {
    {"hold still", at_once<Shutdown, hold_still>, "no boot step, no restart and no open fence from here on"},
    {"agent's world", stop<kCell>, "the agent's programs save their work; the fence is closed already", 3000ms},
    {"faces", stop<kFaces>, "nobody asks any more", 1000ms},
    {"gate", stop<kGate>, "refuses what is pending, and logs it", 500ms},
    {"audit", stop<kAudit>, "last, so that the log holds all of the above", 1000ms},
    {"kill", kill_rest, "what did not end by itself keeps the state disk busy", 500ms},
    {"take down", at_once<Shutdown, power_off_cleanly>, "the state disk clean, then the power"},
};

}  // namespace

std::span<const Step<Shutdown>> shutdown_order() {
    return kOrder;
}

}  // namespace anchorhold::init
