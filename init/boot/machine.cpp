#include "init/boot/machine.hpp"

#include <fcntl.h>

#include <csignal>

#include "base/identities.hpp"
#include "init/clock/clock.hpp"
#include "init/report/host_port.hpp"
#include "init/services/services.hpp"
#include "init/shutdown/power_off_cleanly.hpp"
#include "init/shutdown/shutdown_order.hpp"

namespace anchorhold::init {
namespace {

// Deaths without a stable run in between after which the boot no longer waits for a service.
constexpr unsigned kMaxTries = 5;
constexpr std::string_view kCell = "cell";
// For the agent's programs to save their work, as on the way down, and for pid 1 of the cell to end the rest.
constexpr std::chrono::milliseconds kRestartPatience{10'000};
constexpr std::chrono::milliseconds kFirstSend{50};
constexpr std::chrono::milliseconds kSlowestSend{10'000};
constexpr const char* kKilledGroups[] = {"/sys/fs/cgroup/agent/cgroup.kill", "/sys/fs/cgroup/shield/cgroup.kill"};

}  // namespace

Machine::Machine(EventLoop& loop_in, System& system_in, Report& report_in)
    : loop(loop_in),
      system(system_in),
      report(report_in),
      timers_([this](std::chrono::microseconds delay,
                     std::function<void()> then) { return loop.after(delay, std::move(then)); },
              [this](const Error& error) { timer_failed(error); }),
      children_(system_in),
      supervisor_(system_in, children_, timers_,
                  {.ready = [this](std::string_view service) { service_ready(service); },
                   .lost = [this](std::string_view service, std::string_view why) { service_lost(service, why); }}),
      shield_(loop_in, system_in, report_in, supervisor_),
      world_(loop_in, system_in, report_in, supervisor_),
      shutdown_(shutdown_order(), timers_,
                {.hold_still = [this] { hold_still(); },
                 .terminate = [this](std::string_view service) { return supervisor_.signal(service, SIGTERM); },
                 .running = [this](std::string_view service) { return supervisor_.running(service); },
                 .kill_all =
                     [this] {
                         for (const char* group : kKilledGroups) {
                             if (!system.exists(group))
                                 continue;
                             if (auto killed = system.write(group, "1"); !killed)
                                 report.degraded(killed.error().text());
                         }
                     },
                 .power_off_cleanly = [this](Kind kind) { power_off_cleanly(system, report, kind); }}) {}

Result<> Machine::watch_signals() {
    const auto down = [this](Kind kind, std::string_view why) {
        return [this, kind, why](int) {
            report.say(why);
            shutdown_.request(kind);
        };
    };
    const auto reap = [this](int) {
        children_.collect();
        children_.act();
        if (shutdown_.under_way())
            shutdown_.child_ended();
    };
    const std::pair<int, std::function<void(int)>> table[] = {
        {SIGCHLD, reap},
        {SIGTERM, down(Kind::power_off, "SIGTERM: power off")},
        {SIGPWR, down(Kind::power_off, "SIGPWR: power off")},
        {SIGINT, down(Kind::restart, "SIGINT: restart")},
    };
    for (const auto& [number, handler] : table) {
        auto watch = loop.on_signal(number, handler);
        if (!watch)
            return std::unexpected(watch.error());
        signals_.push_back(std::move(*watch));
    }
    return system.catch_ctrl_alt_del();
}

Result<> Machine::start(std::span<const Step<Machine>> order) {
    started_ = system.microseconds_since_boot();
    report.on_waiting([this] { send_later(kFirstSend); });
    if (auto watching = watch_signals(); !watching)
        return watching;
    auto button = PowerButton::listen(loop, [this] {
        report.say("power button: power off");
        shutdown_.request(Kind::power_off);
    });
    if (button)
        button_ = std::move(*button);
    else
        report.degraded(button.error().text());
    boot_.emplace(order, *this, timers_, OnFailure::end,
                  Sequence<Machine>::Callbacks{
                      .clock = [this] { return system.microseconds_since_boot(); },
                      .failed = [this](std::string_view step, const Error& error) { boot_failed(step, error); },
                      .finished =
                          [this] {
                              booted_ = true;
                              tell_ready();
                          }});
    boot_->start();
    return {};
}

Result<> Machine::run_program(const LaunchSpec& spec, std::function<void(const Ended&)> ended) {
    auto child = system.launch(spec);
    if (!child)
        return std::unexpected(child.error());
    return children_.watch(std::move(*child),
                           [this, program = spec.command[0], ended = std::move(ended)](const Death& death) {
                               if (death.setup)
                                   report.say(program + ": " + text_of(death));
                               ended(death.ended);
                           });
}

void Machine::keep_clock() {
    if (controls.off("clock"))
        return;
    clock_keeper_.emplace(system, report, timers_, clock_floor(system));
    clock_keeper_->look();
}

void Machine::start_shield(Done done) {
#ifdef ANCHORHOLD_CONTROLS
    controls_port_.emplace(loop, system, [this](std::string_view service) { supervisor_.signal(service, SIGKILL); });
#endif
    std::string resolvers;
    for (const std::string& server : uplink.dns)
        resolvers += (resolvers.empty() ? "" : " ") + server;
    if (auto prepared = shield_.prepare(credentials, controls, resolvers); !prepared)
        return done(std::unexpected(prepared.error()));
    auto server = FenceServer::create(
        loop, timers_, shield_.own_socket("fence"), kEgressUid,
        {.open = [this](const fw::OpenRequest& request) { return fence ? fence->allow(request) : 0; },
         .failed = [this](const Error& error) { report.degraded(error.text()); }});
    if (!server)
        return done(std::unexpected(server.error()));
    fence_server_ = std::move(*server);
    shield_done_ = std::move(done);
    shield_.start();
}

Result<> Machine::open_fence() {
    shield_past_ = true;
    if (!fence || !supervisor_.guards_ready())
        return {};
    return fence->open();
}

void Machine::listen_to_host() {
    const std::string path = find_port(system, kCommandPort);
    UniqueFd port(path.empty() ? -1 : open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!port)
        return report.say("the host has no port " + std::string(kCommandPort));
    auto listening = HostCommands::listen(
        loop, std::move(port),
        {.command =
             [this](HostCommand command) {
                 if (command == HostCommand::restart_cell)
                     restart_cell();
             },
         .unknown = [this](std::string_view) { report.say("the host said something that is no command"); }});
    if (listening)
        host_commands_ = std::move(*listening);
    else
        report.degraded(listening.error().text());
}

void Machine::restart_cell() {
    const pid_t pid = supervisor_.pid(kCell);
    if (!supervisor_.signal(kCell, SIGTERM))
        return report.say("the host wants a new world for the agent, which is not running just now");
    report.restarting_cell("the host says so");
    timers_.set(restart_timer_, kRestartPatience, [this, pid] {
        if (supervisor_.pid(kCell) == pid)
            supervisor_.signal(kCell, SIGKILL);
    });
}

void Machine::start_agents_world(Done done) {
    world_done_ = std::move(done);
    listen_to_host();
    const auto started = world_.start({.network = cell_network.get(),
                                       .ssh_listener = shield_.own_socket("ssh"),
                                       .hostname = hostname,
                                       .authorized_keys = credentials.text("ssh.authorized_keys.agent"),
                                       .refused = [this](const Error& error) { world_refused(error); }},
                                      controls);
    if (!started && world_done_)
        std::exchange(world_done_, nullptr)(std::unexpected(started.error()));
}

// Better no world than one whose guards are not what they are called; the next start may be better.
void Machine::world_refused(const Error& error) {
    if (world_done_)
        return std::exchange(world_done_, nullptr)(std::unexpected(error));
    report.degraded(error.text());
    supervisor_.signal(kCell, SIGKILL);
}

void Machine::service_ready(std::string_view service) {
    if (service != kCell) {
        if (auto same = shield_.read_back(service, supervisor_.pid(service)); !same)
            report.degraded(std::string(service) + ": " + same.error().text());
    }
    if (service == kCell && world_done_)
        return std::exchange(world_done_, nullptr)({});
    if (supervisor_.guards_ready() && shield_done_)
        return std::exchange(shield_done_, nullptr)({});
    if (shield_past_ && fence && !fence->is_open() && supervisor_.guards_ready()) {
        if (auto opened = fence->open(); !opened)
            report.degraded(opened.error().text());
    }
    tell_ready();
}

void Machine::service_lost(std::string_view service, std::string_view why) {
    const bool guard = supervisor_.guard(service);
    if (guard && fence && !controls.off("close-on-death")) {
        // A fence that cannot be closed protects nobody: better no machine than that one.
        if (auto closed = fence->close(); !closed) {
            report.failed("close the fence", closed.error());
            return shutdown_.kill();
        }
    }
    degraded_since_ = true;
    const bool closed = guard && (!fence || !fence->is_open());
    report.degraded(std::string(service) + " stopped: " + std::string(why) + (closed ? "; the fence is closed" : ""));
    if (supervisor_.tries(service) < kMaxTries)
        return;
    if (guard && shield_done_) {
        report.degraded("the boot goes on with the fence closed, so that the agent's home can be reached");
        std::exchange(shield_done_, nullptr)({});
    } else if (service == kCell && world_done_) {
        std::exchange(world_done_, nullptr)(fail("start", "the agent's world", 0, why));
    }
}

void Machine::tell_ready() {
    const bool out = !fence || fence->is_open();
    if (!booted_ || !boot_ || !out || !supervisor_.guards_ready() || !supervisor_.ready(kCell) || shutdown_.under_way())
        return;
    const std::string profile = supervisor_.status("gate");
    const std::string_view state = profile.empty() ? std::string_view("unknown") : std::string_view(profile);
    if (!ready_told_)
        report.ready({.profile_state = state,
                      .steps = boot_->stamps(),
                      .init_start = started_,
                      .now = system.microseconds_since_boot()});
    else if (degraded_since_)
        report.recovered(state);
    ready_told_ = true;
    degraded_since_ = false;
}

void Machine::send_later(std::chrono::milliseconds pause) {
    timers_.set(send_timer_, pause, [this, pause] {
        if (!report.send_waiting())
            send_later(std::min(pause * 2, kSlowestSend));
    });
}

// What PID 1 cannot time it can neither start again nor end: better no machine than that one. A way down that has begun
// goes on without its pauses.
void Machine::timer_failed(const Error& error) {
    if (std::exchange(timers_broken_, true) || shutdown_.under_way())
        return;
    report.failed("timer", error);
    shutdown_.kill();
}

void Machine::boot_failed(std::string_view step, const Error& error) {
    report.failed(step, error);
    shutdown_.request(Kind::power_off);
}

void Machine::hold_still() {
    if (boot_)
        boot_->stop();
    supervisor_.stop_restarting();
    if (fence) {
        if (auto closed = fence->close(); !closed)
            report.say(closed.error().text());
    }
}

}  // namespace anchorhold::init
