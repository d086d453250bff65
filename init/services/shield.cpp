#include "init/services/shield.hpp"

#include <fcntl.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>

#include "base/identities.hpp"
#include "init/cell/seccomp.hpp"
#include "init/policy/standing.hpp"
#include "init/report/host_port.hpp"
#include "init/services/cgroups.hpp"
#include "init/services/distribute.hpp"
#include "init/supervise/notify_socket.hpp"

namespace anchorhold::init {
namespace {

struct RunDirectory {
    std::string_view path;
    Owner owner;
    std::string_view why;
};
// Then signals have their turn: a service that never stops talking does not keep PID 1 from seeing its death.
constexpr int kNoticesATurn = 16;

constexpr RunDirectory kRunDirectories[] = {
    {kRunDirectory, {0, 0, 0755}, "sockets between processes"},
    {"/run/anchorhold/trust", {kEgressUid, kEgressUid, 0755}, "egress writes the CA here before it is READY"},
};

}  // namespace

Result<Shield::Sockets> Shield::make_sockets(std::span<const SocketRow> rows) {
    Sockets out;
    for (const SocketRow& row : rows) {
        if (row.kind == SocketKind::host_port) {
            const std::string path = find_port(system_, row.address);
            UniqueFd port(path.empty() ? -1 : open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
            if (port)
                out.emplace_back(row.name, std::move(port));
            else
                report_.say("the host has no port " + std::string(row.address));
            continue;
        }
        auto made = make_socket(row);
        if (!made)
            return std::unexpected(made.error());
        out.emplace_back(row.name, std::move(*made));
    }
    return out;
}

Result<> Shield::listen_for_notices() {
    auto socket = open_notify_socket(kNotifySocket);
    if (!socket)
        return std::unexpected(socket.error());
    notify_ = std::move(*socket);
    auto watch = loop_.on_io(notify_.get(), EPOLLIN, [this](std::uint32_t) {
        for (int i = 0; i < kNoticesATurn; ++i) {
            const auto notice = receive_notice(notify_.get());
            if (!notice)
                return;
            supervisor_.notified(notice->pid, notice->text);
        }
    });
    if (!watch)
        return std::unexpected(watch.error());
    notify_watch_ = std::move(*watch);
    return {};
}

Result<LaunchSpec> Shield::spec_of(const ServiceRow& row, const Controls& controls, const std::string& resolvers) {
    LaunchSpec spec;
    spec.command = {std::string(row.program)};
    spec.environment = {"PATH=/usr/bin:/usr/sbin", "LANG=C.UTF-8", std::string("NOTIFY_SOCKET=") + kNotifySocket,
                        "CREDENTIALS_DIRECTORY=" + std::string(kCredentialsDirectory) + "/" + std::string(row.name)};
    if (row.uid == kEgressUid)
        spec.environment.push_back("ANCHORHOLD_RESOLVERS=" + resolvers);
#ifdef ANCHORHOLD_CONTROLS
    spec.environment.push_back(controls.environment());
#endif
    spec.uid = row.uid;
    spec.gid = row.uid;
    spec.drop_capabilities = !controls.off("capabilities");
    if (spec.drop_capabilities)
        spec.securebits = kRootWithoutRights;
    spec.no_new_privs = !controls.off("no-new-privs");
    for (const auto& [name, fd] : sockets_[row.name])
        spec.sockets.emplace_back(name, fd.get());
    for (const int output : {STDOUT_FILENO, STDERR_FILENO})
        spec.fds.push_back({.fd = logs_[row.name]->writer(), .as = output});
    spec.cgroup = cgroup_of(row.name);
    spec.oom_score_adj = kShieldOomScore;
    if (!controls.off("apparmor"))
        spec.apparmor = "anchorhold-" + std::string(row.name);
    if (controls.off("seccomp") || !spec.no_new_privs)
        return spec;
    auto filter = cell::service_filter();
    if (!filter)
        return std::unexpected(filter.error());
    spec.filters.push_back(std::move(*filter));
    return spec;
}

Result<> Shield::prepare(const Credentials& credentials, const Controls& controls, const std::string& resolvers) {
    for (const RunDirectory& directory : kRunDirectories) {
        if (auto made = system_.make_directory(std::string(directory.path), directory.owner); !made)
            return made;
    }
    for (const CgroupRow& row : cgroup_rows(service_table())) {
        if (auto made = system_.make_cgroup(row); !made)
            return made;
    }
    if (auto listening = listen_for_notices(); !listening)
        return listening;
    auto own = make_sockets(own_sockets());
    if (!own)
        return std::unexpected(own.error());
    own_ = std::move(*own);
    for (const ServiceRow& row : service_table()) {
        if (auto given = distribute(system_, credentials, distribution_table(), row.name, row.uid, row.uid); !given)
            return given;
        auto sockets = make_sockets(row.sockets);
        if (!sockets)
            return std::unexpected(sockets.error());
        sockets_[row.name] = std::move(*sockets);
        auto log = ServiceLog::create(loop_, system_, report_, std::string(row.name));
        if (!log)
            return std::unexpected(log.error());
        logs_[row.name] = std::move(*log);
        auto spec = spec_of(row, controls, resolvers);
        if (!spec)
            return std::unexpected(spec.error());
        specs_.push_back(std::move(*spec));
    }
    return {};
}

void Shield::start() {
    const auto table = service_table();
    for (std::size_t i = 0; i < table.size(); ++i)
        supervisor_.start({.name = std::string(table[i].name),
                           .guard = table[i].critical == Critical::yes,
                           .start = [this, i] { return system_.launch(specs_[i]); }});
}

Result<> Shield::read_back(std::string_view service, pid_t pid) {
    const auto table = service_table();
    for (std::size_t i = 0; i < table.size() && i < specs_.size(); ++i) {
        if (table[i].name == service)
            return init::read_back(system_, pid, asked_of(specs_[i]));
    }
    return fail("read back", service, ENOENT);
}

int Shield::own_socket(std::string_view name) const {
    const auto at = std::ranges::find(own_, name, [](const auto& socket) { return std::string_view(socket.first); });
    return at == own_.end() ? -1 : at->second.get();
}

}  // namespace anchorhold::init
