// The auditor: audit [DIRECTORY]. Sockets by LISTEN_FDNAMES: `audit`, and `witness` when the host has the port.
#include <systemd/sd-daemon.h>

#include <csignal>
#include <print>

#include "base/harden.hpp"
#include "base/listen_fds.hpp"
#include "shield/audit/auditor.hpp"

namespace {

using namespace anchorhold;

int failed(const Error& error) {
    std::println(stderr, "audit: {}", error.text());
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (auto ok = harden(); !ok)
        return failed(ok.error());
    auto listener = take_listen_fd("audit");
    if (!listener)
        return failed(listener.error());
    auto witness = take_listen_fd("witness");
    auto log = audit::Log::open(argc > 1 ? argv[1] : "/var/lib/anchorhold/audit");
    if (!log)
        return failed(log.error());
    auto loop = EventLoop::create();
    if (!loop)
        return failed(loop.error());
    audit::Auditor auditor(*loop, std::move(*log), std::move(*listener), witness ? std::move(*witness) : UniqueFd());
    const auto end = [&](int) {
        sd_notify(0, "STOPPING=1");
        auditor.stop();
        loop->stop(0);
    };
    const auto terminated = loop->on_signal(SIGTERM, end);
    const auto interrupted = loop->on_signal(SIGINT, end);
    if (!terminated || !interrupted)
        return failed(!terminated ? terminated.error() : interrupted.error());
    if (auto ok = auditor.start(); !ok)
        return failed(ok.error());
    sd_notify(0, "READY=1");
    const auto status = loop->run();
    return status ? *status : failed(status.error());
}
