#include "init/supervise/agents_world.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <sstream>

#include "init/cell/readiness.hpp"
#include "init/cell/session_groups.hpp"
#include "init/cell/told.hpp"
#include "init/cell/workstation.hpp"
#include "init/controls/unguarded.hpp"
#include "init/policy/standing.hpp"
#include "init/supervise/cgroup_removal.hpp"

namespace anchorhold::init {
namespace {

constexpr std::size_t kMaxMembers = 1UL << 20;

void pass(LaunchSpec& spec, int as, int fd) {
    const auto passed = std::ranges::find(spec.fds, as, &PassedFd::as);
    if (passed != spec.fds.end())
        passed->fd = fd;
    else
        spec.fds.push_back({.fd = fd, .as = as});
}

}  // namespace

Result<> AgentsWorld::start(const WorldNeeds& needs, const Controls& controls) {
    auto log = ServiceLog::create(loop_, system_, report_, "cell");
    if (!log)
        return std::unexpected(log.error());
    log_ = std::move(*log);
    auto spec = cell::workstation({.network = needs.network,
                                   .ssh_listener = needs.ssh_listener,
                                   .hostname = needs.hostname,
                                   .authorized_keys = needs.authorized_keys,
                                   .seccomp = !controls.off("seccomp"),
                                   .apparmor = !controls.off("apparmor"),
                                   .capabilities = !controls.off("capabilities"),
                                   .namespaces = !controls.off("namespaces"),
                                   .no_new_privs = !controls.off("no-new-privs"),
                                   .hidepid = !controls.off("hidepid"),
                                   .door = !controls.off("door")});
    if (!spec)
        return std::unexpected(spec.error());
    refused_ = needs.refused;
    if (auto off = take_guards_off(*spec, controls); !off)
        return off;
    cgroup_ = {.path = spec->cgroup, .limits = spec->cgroup_limits};
    spec_ = cell::launch_spec(*spec);
    pass(spec_, STDERR_FILENO, log_->writer());
    supervisor_.start({.name = "cell", .guard = false, .start = [this] { return launch(); }});
    return {};
}

Result<Child> AgentsWorld::launch() {
    ready_ = Watch();
    std::array<int, 2> pipe{};
    if (pipe2(pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        return fail("make a pipe", "readiness of the cell", errno);
    readiness_.reset(pipe[0]);
    const UniqueFd writer(pipe[1]);
    auto ready = loop_.on_io(readiness_.get(), EPOLLIN, [this](std::uint32_t) { look_at_readiness(); });
    if (!ready)
        return std::unexpected(ready.error());
    ready_ = std::move(*ready);
    // Of the cell before this one: a group with groups below it takes no process.
    if (auto removed = remove_cgroup(cgroup_.path); !removed)
        return std::unexpected(removed.error());
    if (auto made = system_.make_cgroup(cgroup_); !made)
        return std::unexpected(made.error());
    pass(spec_, cell::kReadyFd, writer.get());
    auto child = system_.launch(spec_);
    if (child)
        pid_ = child->pid;
    return child;
}

void AgentsWorld::look_at_readiness() {
    ready_ = Watch();
    cell::Told told;
    const ssize_t size = read(readiness_.get(), &told, sizeof told);
    readiness_.reset();
    // Its end alone: why it died is the supervisor's to tell.
    if (size != static_cast<ssize_t>(sizeof told))
        return;
    auto works = cell::heard(told);
    if (works)
        works = read_back();
    if (!works)
        return refused_(works.error());
    supervisor_.notified(pid_, "READY=1");
}

Result<> AgentsWorld::read_back() {
    const Asked asked = asked_of(spec_);
    if (auto same = init::read_back(system_, pid_, asked); !same)
        return same;
    const std::string door = spec_.cgroup + "/" + cell::kDoorGroup;
    const auto members = system_.read((system_.exists(door) ? door : spec_.cgroup) + "/cgroup.procs", kMaxMembers);
    if (!members)
        return std::unexpected(members.error());
    std::istringstream lines(*members);
    for (pid_t pid = 0; lines >> pid;) {
        auto same = init::read_back(system_, pid, asked);
        // A connection that has ended meanwhile.
        if (!same && same.error().number != ENOENT && same.error().number != ESRCH)
            return same;
    }
    return {};
}

}  // namespace anchorhold::init
