// Starts the shield's processes from the service table: sockets made once, credentials handed out, one cgroup and one
// log each.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/event_loop.hpp"
#include "init/controls/controls.hpp"
#include "init/credentials/credential.hpp"
#include "init/report/report.hpp"
#include "init/services/services.hpp"
#include "init/supervise/service_log.hpp"
#include "init/supervise/supervisor.hpp"
#include "init/system/system.hpp"

namespace anchorhold::init {

inline constexpr char kRunDirectory[] = "/run/anchorhold";
inline constexpr char kNotifySocket[] = "/run/anchorhold/notify";

class Shield {
  public:
    Shield(EventLoop& loop, System& system, Report& report, Supervisor& supervisor)
        : loop_(loop), system_(system), report_(report), supervisor_(supervisor) {}

    // Everything that must be there before a process runs. Called once.
    Result<> prepare(const Credentials& credentials, const Controls& controls, const std::string& resolvers);
    // All of them at once: each finds its peers' sockets listening already.
    void start();
    // Of a service that was started: whether its process is by the kernel's word what was asked for.
    [[nodiscard]] Result<> read_back(std::string_view service, pid_t pid);

    // One of own_sockets(); stays the shield's.
    [[nodiscard]] int own_socket(std::string_view name) const;

  private:
    using Sockets = std::vector<std::pair<std::string, UniqueFd>>;

    Result<> listen_for_notices();
    Result<Sockets> make_sockets(std::span<const SocketRow> rows);
    Result<LaunchSpec> spec_of(const ServiceRow& row, const Controls& controls, const std::string& resolvers);

    EventLoop& loop_;
    System& system_;
    Report& report_;
    Supervisor& supervisor_;
    UniqueFd notify_;
    Watch notify_watch_;
    Sockets own_;
    std::map<std::string_view, Sockets> sockets_;
    std::map<std::string_view, std::unique_ptr<ServiceLog>> logs_;
    std::vector<LaunchSpec> specs_;  // in the service table's order
};

}  // namespace anchorhold::init
