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

void pass(cell::Spec& spec, int as, int fd) {
    const auto passed = std::ranges::find(spec.fds, as, &cell::PassedFd::as);
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
    spec_ = std::move(*spec);
    refused_ = needs.refused;
    if (auto off = take_guards_off(spec_, controls); !off)
        return off;
    pass(spec_, STDERR_FILENO, log_->writer());
    supervisor_.start({.name = "cell", .guard = false, .start = [this] { return launch(); }});
    return {};
}

Result<Child> AgentsWorld::launch() {
    progress_ = Watch();
    ready_ = Watch();
    std::array<int, 2> pipe{};
    if (pipe2(pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        return fail("make a pipe", "readiness of the cell", errno);
    readiness_.reset(pipe[0]);
    const UniqueFd writer(pipe[1]);
    pass(spec_, cell::kReadyFd, writer.get());
    // Of the cell before this one: a group with groups below it takes no process.
    if (auto removed = remove_cgroup(spec_.cgroup); !removed)
        return std::unexpected(removed.error());
    auto running = cell::start(spec_);
    if (!running)
        return std::unexpected(running.error());
    // A reserve of the door's counts only as far as the groups above it have one, too.
    if (auto set = system_.write(spec_.cgroup + "/memory.min", std::to_string(cell::kDoorMemoryMin)); !set)
        report_.degraded(set.error().text());
    running_ = std::move(*running);
    auto watch = loop_.on_io(running_.report.get(), EPOLLIN, [this](std::uint32_t) { look_at_setup(); });
    if (!watch)
        return std::unexpected(watch.error());
    progress_ = std::move(*watch);
    auto ready = loop_.on_io(readiness_.get(), EPOLLIN, [this](std::uint32_t) { look_at_readiness(); });
    if (!ready)
        return std::unexpected(ready.error());
    ready_ = std::move(*ready);
    UniqueFd pidfd(fcntl(running_.pidfd.get(), F_DUPFD_CLOEXEC, 0));
    if (!pidfd)
        return fail("hold", "the cell's pidfd", errno);
    return Child{.pid = running_.pid, .pidfd = std::move(pidfd), .setup = UniqueFd()};
}

void AgentsWorld::look_at_setup() {
    const auto progress = cell::progress(running_);
    if (progress && *progress == cell::Progress::setting_up)
        return;
    progress_ = Watch();
    if (!progress)
        report_.degraded(progress.error().text());
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
    supervisor_.notified(running_.pid, "READY=1");
}

Result<> AgentsWorld::read_back() {
    const Asked asked = asked_of(spec_);
    if (auto same = init::read_back(system_, running_.pid, asked); !same)
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
