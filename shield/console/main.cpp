// console: serves the approval page and relays between it and the gatekeeper.
#include <systemd/sd-daemon.h>

#include <csignal>
#include <cstdlib>
#include <iostream>

#include "base/harden.hpp"
#include "base/listen_fds.hpp"
#include "shield/console/server.hpp"

namespace {

using namespace anchorhold;

// The directories of the image, or a test's.
std::string directory(const char* variable, const char* otherwise) {
    const char* value = std::getenv(variable);
    return value == nullptr ? otherwise : value;
}

Result<int> serve() {
    if (auto ok = harden(); !ok)
        return std::unexpected(ok.error());
    auto listener = take_listen_fd("console");
    if (!listener)
        return std::unexpected(listener.error());
    auto origins = load_origins(directory("CREDENTIALS_DIRECTORY", "/run/credentials/console"));
    if (!origins)
        return std::unexpected(origins.error());
    auto files = console::load_page_files(directory("ANCHORHOLD_CONSOLE_FILES", "/usr/share/anchorhold/console"));
    if (!files)
        return std::unexpected(files.error());
    auto loop = EventLoop::create();
    if (!loop)
        return std::unexpected(loop.error());
    auto stop = loop->on_signal(SIGTERM, [&](int) { loop->stop(0); });
    if (!stop)
        return std::unexpected(stop.error());
    console::Server server(*loop, std::move(*listener),
                           {.origins = std::move(*origins),
                            .files = std::move(*files),
                            .gate_path = directory("ANCHORHOLD_RUN", "/run/anchorhold") + "/gate"},
                           [] { sd_notify(0, "READY=1"); });
    if (auto ok = server.start(); !ok)
        return std::unexpected(ok.error());
    return loop->run();
}

}  // namespace

int main() {
    const auto status = serve();
    if (!status) {
        std::cerr << "console: " << status.error().text() << '\n';
        return 1;
    }
    return *status;
}
