#include "init/report/host_port.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <memory>

#include "base/unique_fd.hpp"

namespace anchorhold::init {
namespace {

constexpr char kPorts[] = "/sys/class/virtio-ports";
constexpr int kMode = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

// Part of a line may have gone out when the device fills up: the rest would be a broken line, so it is dropped.
bool send(int fd, std::string_view line) {
    return write(fd, line.data(), line.size()) > 0;
}

}  // namespace

std::string find_port(System& system, std::string_view name) {
    for (const std::string& port : system.names_in(kPorts)) {
        const auto found = system.read(std::string(kPorts) + "/" + port + "/name", 256);
        if (found && (*found == name || *found == std::string(name) + "\n"))
            return "/dev/" + port;
    }
    return {};
}

Sink port_sink(System& system, std::string name) {
    auto port = std::make_shared<UniqueFd>();
    return [&system, name = std::move(name), port](std::string_view line) {
        if (!*port) {
            const std::string path = find_port(system, name);
            if (path.empty())
                return false;
            port->reset(open(path.c_str(), kMode));
        }
        return *port && send(port->get(), line);
    };
}

Sink console_sink() {
    auto console = std::make_shared<UniqueFd>();
    return [console](std::string_view line) {
        if (!*console)
            console->reset(open("/dev/console", kMode));
        return *console && send(console->get(), line);
    };
}

}  // namespace anchorhold::init
