#include "init/controls/controls_port.hpp"

#ifdef ANCHORHOLD_CONTROLS

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "init/report/host_port.hpp"

namespace anchorhold::init {
namespace {

constexpr const char* kShieldGroup = "/sys/fs/cgroup/shield";

// The kibibytes of these lines of /proc/PID/status and, where the kernel counts it, of /proc/PID/smaps_rollup.
boost::json::object weigh(const std::string& pid) {
    boost::json::object out;
    for (const char* file : {"/status", "/smaps_rollup"}) {
        std::ifstream lines("/proc/" + pid + file);
        for (std::string line; std::getline(lines, line);) {
            for (const std::string_view wanted : {"RssAnon:", "RssFile:", "RssShmem:", "Pss:"}) {
                if (line.starts_with(wanted))
                    out[wanted.substr(0, wanted.size() - 1)] = std::stoll(line.substr(wanted.size()));
            }
        }
    }
    return out;
}

std::string weigh_all() {
    boost::json::object out{{"event", "memory"}, {"init", weigh("self")}};
    std::error_code problem;
    for (const auto& group : std::filesystem::directory_iterator(kShieldGroup, problem)) {
        if (!group.is_directory())
            continue;
        std::ifstream pids(group.path() / "cgroup.procs");
        for (std::string pid; std::getline(pids, pid);)
            out[group.path().filename().string()] = weigh(pid);
    }
    return boost::json::serialize(out) + "\n";
}

// With none, a start fails as it does when the machine is short of something.
void limit_tasks(std::string_view service, const char* most) {
    std::ofstream(std::string(kShieldGroup) + "/" + std::string(service) + "/pids.max") << most;
}

}  // namespace

ControlsPort::ControlsPort(EventLoop& loop, System& system, std::function<void(std::string_view)> kill)
    : kill_(std::move(kill)) {
    const std::string path = find_port(system, "org.anchorhold.controls");
    if (path.empty())
        return;
    port_.reset(open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
    if (auto watch = loop.on_io(port_.get(), EPOLLIN, [this](std::uint32_t) { read(); }))
        watch_ = std::move(*watch);
}

void ControlsPort::read() {
    char buffer[256];
    const ssize_t size = ::read(port_.get(), buffer, sizeof buffer);
    if (size <= 0) {
        watch_ = Watch();
        return;
    }
    line_.append(buffer, static_cast<std::size_t>(size));
    for (auto end = line_.find('\n'); end != std::string::npos; end = line_.find('\n')) {
        obey(std::string_view(line_).substr(0, end));
        line_.erase(0, end + 1);
    }
}

void ControlsPort::obey(std::string_view command) {
    if (command.starts_with("kill ")) {
        kill_(command.substr(5));
    } else if (command.starts_with("hold ")) {
        limit_tasks(command.substr(5), "0");
        kill_(command.substr(5));
    } else if (command.starts_with("release ")) {
        limit_tasks(command.substr(8), "max");
    } else if (command.starts_with("signal ")) {
        raise(std::atoi(std::string(command.substr(7)).c_str()));
    } else if (command == "memory") {
        const std::string text = weigh_all();
        if (::write(port_.get(), text.data(), text.size()) < 0)
            watch_ = Watch();
    }
}

}  // namespace anchorhold::init

#endif
