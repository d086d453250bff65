// The agent's world as a service of init: the cell with sshd and all that the agent does in it (cell/ makes it).
#pragma once

#include <functional>

#include "base/event_loop.hpp"
#include "init/controls/controls.hpp"
#include "init/launch/cgroup.hpp"
#include "init/launch/launch_spec.hpp"
#include "init/report/report.hpp"
#include "init/supervise/service_log.hpp"
#include "init/supervise/supervisor.hpp"

namespace anchorhold::init {

struct WorldNeeds {
    int network = -1;  // namespace of cell::make_network()
    int ssh_listener = -1;
    std::string hostname;
    std::string authorized_keys;
    std::function<void(const Error&)> refused;  // it runs, but not as it must
};

class AgentsWorld {
  public:
    AgentsWorld(EventLoop& loop, System& system, Report& report, Supervisor& supervisor)
        : loop_(loop), system_(system), report_(report), supervisor_(supervisor) {}

    // Ready, as a service named "cell", once a process like a session's was seen to work in it, sshd takes connections,
    // and the kernel says of both what was asked for.
    Result<> start(const WorldNeeds& needs, const Controls& controls);

  private:
    Result<Child> launch();
    void look_at_readiness();
    [[nodiscard]] Result<> read_back();

    EventLoop& loop_;
    System& system_;
    Report& report_;
    Supervisor& supervisor_;
    std::unique_ptr<ServiceLog> log_;
    CgroupRow cgroup_;
    LaunchSpec spec_;
    pid_t pid_ = -1;
    UniqueFd readiness_;
    std::function<void(const Error&)> refused_;
    Watch ready_;
};

}  // namespace anchorhold::init
