// What the boot steps work on, and what holds once they are done: which guard is lost, when the fence opens and
// shuts, when the machine is ready, and the way down.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/event_loop.hpp"
#include "init/clock/clock_keeper.hpp"
#include "init/commands/host_commands.hpp"
#include "init/controls/controls.hpp"
#include "init/controls/controls_port.hpp"
#include "init/credentials/credential.hpp"
#include "init/fence/fence_control.hpp"
#include "init/fence/fence_server.hpp"
#include "init/links/uplink_file.hpp"
#include "init/report/report.hpp"
#include "init/sequence/sequence.hpp"
#include "init/services/shield.hpp"
#include "init/shutdown/power_button.hpp"
#include "init/shutdown/shutdown.hpp"
#include "init/supervise/agents_world.hpp"
#include "init/supervise/children.hpp"
#include "init/supervise/supervisor.hpp"

namespace anchorhold::init {

class Machine {
  public:
    Machine(EventLoop& loop, System& system, Report& report);
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    // Signals and the power button first, so that a boot that hangs can be ended; then the boot order.
    Result<> start(std::span<const Step<Machine>> order);

    // The boot steps' own: each fills what later ones read.
    EventLoop& loop;
    System& system;
    Report& report;
    Controls controls;
    Credentials credentials;
    std::string hostname = "anchor";
    std::string nic;  // empty: no uplink
    Uplink uplink;
    std::optional<FenceControl> fence;
    UniqueFd cell_network;

    // From here on the clock follows the host's.
    void keep_clock();

    // Steps that wait.
    Result<> run_program(const LaunchSpec& spec, std::function<void(const Ended&)> ended);
    void start_shield(Done done);
    Result<> open_fence();
    void start_agents_world(Done done);

  private:
    Result<> watch_signals();
    void service_ready(std::string_view service);
    void world_refused(const Error& error);
    void listen_to_host();
    void restart_cell();
    void service_lost(std::string_view service, std::string_view why);
    void timer_failed(const Error& error);
    void boot_failed(std::string_view step, const Error& error);
    void hold_still();
    void tell_ready();
    void send_later(std::chrono::milliseconds pause);

    Timers timers_;
    std::optional<ClockKeeper> clock_keeper_;
    Children children_;
    Supervisor supervisor_;
    Shield shield_;
    AgentsWorld world_;
    Shutdown shutdown_;
    std::unique_ptr<FenceServer> fence_server_;
    std::unique_ptr<PowerButton> button_;
    std::unique_ptr<HostCommands> host_commands_;
    Watch restart_timer_;
    std::vector<Watch> signals_;
#ifdef ANCHORHOLD_CONTROLS
    std::optional<ControlsPort> controls_port_;
#endif
    Watch send_timer_;
    std::optional<Sequence<Machine>> boot_;
    std::uint64_t started_ = 0;
    Done shield_done_;
    Done world_done_;
    // The boot went beyond the shield: from then on guards' states open and close the fence.
    bool shield_past_ = false;
    bool booted_ = false;
    bool timers_broken_ = false;
    bool ready_told_ = false;
    bool degraded_since_ = false;  // told since the last ready event
};

}  // namespace anchorhold::init
