#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <iostream>

#include "base/harden.hpp"
#include "base/listen_fds.hpp"
#include "shield/gate/gate.hpp"

namespace {

using namespace anchorhold;

gate::Settings settings() {
    gate::Settings made;
    const char* const credentials = std::getenv("CREDENTIALS_DIRECTORY");
    made.credentials = credentials == nullptr ? "/run/credentials/gate" : credentials;
    std::array<char, 65> name{};
    made.workstation = gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
    made.now = [] { return static_cast<std::int64_t>(time(nullptr)); };
    made.ready = [] { sd_notify(0, "READY=1"); };
    made.status = [](const std::string& text) { sd_notify(0, ("STATUS=" + text).c_str()); };
    return made;
}

Result<int> run() {
    if (auto ok = harden(); !ok)
        return std::unexpected(ok.error());
    auto loop = EventLoop::create();
    auto listener = take_listen_fd("gate");
    if (!loop || !listener)
        return std::unexpected(!loop ? loop.error() : listener.error());
    const auto stopping = loop->on_signal(SIGTERM, [&](int) { loop->stop(EXIT_SUCCESS); });
    auto gate = gate::Gate::create(*loop, settings());
    if (!stopping || !gate)
        return std::unexpected(!stopping ? stopping.error() : gate.error());
    if (auto ok = (*gate)->serve(std::move(*listener)); !ok)
        return std::unexpected(ok.error());
    return loop->run();
}

}  // namespace

int main() {
    const auto status = run();
    if (!status)
        std::cerr << "gate: " << status.error().text() << '\n';
    return status.value_or(EXIT_FAILURE);
}
