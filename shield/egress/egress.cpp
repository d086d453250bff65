#include "shield/egress/egress.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdlib>

#include "base/harden.hpp"
#include "base/listen_fds.hpp"
#include "base/log_limiter.hpp"
#include "shield/egress/io/secret.hpp"
#include "shield/egress/listeners.hpp"
#include "shield/egress/names/resolver.hpp"
#include "shield/egress/services.hpp"

namespace anchorhold::egress {

Settings settings_from_environment() {
    Settings settings;
    const auto take = [](const char* name, std::string& into) {
        if (const char* value = std::getenv(name); value != nullptr)
            into = value;
    };
    take("ANCHORHOLD_RUN", settings.run_directory);
    take("ANCHORHOLD_STATE", settings.state_directory);
    take("ANCHORHOLD_ROOTS", settings.roots_file);
    take("ANCHORHOLD_RESOLVERS", settings.resolvers);
    return settings;
}

Result<Sockets> sockets_from_init() {
    struct Row {
        const char* name;
        UniqueFd Sockets::* into;
    };
    static constexpr Row rows[] = {{"redirect4", &Sockets::redirect4}, {"redirect6", &Sockets::redirect6},
                                   {"dns4-udp", &Sockets::dns4_udp},   {"dns4-tcp", &Sockets::dns4_tcp},
                                   {"dns6-udp", &Sockets::dns6_udp},   {"dns6-tcp", &Sockets::dns6_tcp}};
    Sockets sockets;
    for (const Row& row : rows) {
        auto fd = take_listen_fd(row.name);
        if (!fd)
            return std::unexpected(fd.error());
        sockets.*row.into = std::move(*fd);
    }
    return sockets;
}

Result<> harden() {
    if (auto ok = anchorhold::harden(); !ok)
        return ok;
    // Two descriptors a connection: the soft limit is for programs that use select(2).
    rlimit files{};
    const bool known = getrlimit(RLIMIT_NOFILE, &files) == 0;
    files.rlim_cur = files.rlim_max;
    if (!known || setrlimit(RLIMIT_NOFILE, &files) < 0)
        return fail("raise limit of", "descriptors", errno);
    if (std::signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return fail("ignore", "SIGPIPE", errno);
    // TLS buffers come and go with every request; giving their pages back each time costs more than keeping them.
    mallopt(M_TRIM_THRESHOLD, 8 * 1024 * 1024);
    return prepare_secret_memory();
}

Result<> run(const Settings& settings, Sockets sockets) {
    asio::io_context loop(1);
    const Executor executor = loop.get_executor();

    auto authority = Authority::open(settings.state_directory);
    if (!authority)
        return std::unexpected(authority.error());
    if (auto ok = authority->publish(settings.run_directory + "/trust", settings.roots_file); !ok)
        return ok;
    auto agent_tls = AgentTls::create(*authority);
    if (!agent_tls)
        return std::unexpected(agent_tls.error());
    auto upstream_tls = UpstreamTls::create(settings.roots_file);
    if (!upstream_tls)
        return std::unexpected(upstream_tls.error());
    auto upstream_names = UpstreamNames::create(executor, settings.resolvers);
    if (!upstream_names)
        return std::unexpected(upstream_names.error());

    Deadlines deadlines;
    Gate gate(executor, settings.run_directory + "/gate");
    Audit audit(executor, settings.run_directory + "/audit");
    Names names;
    Fence fence(executor, settings.run_directory + "/fence");
    UpstreamPool upstream(executor, deadlines, fence, **upstream_names, *upstream_tls);
    Flows flows;
    Ends ends(audit);
    LogLimiter refused_requests;
    const ConversationPeers conversations{executor, deadlines, gate, audit, ends, refused_requests};
    const ServerPeers servers{executor, gate, upstream, flows};
    Holding holding({executor, gate, audit}, [&settings](std::uint64_t max_bytes) {
        return Spool::create(settings.state_directory, max_bytes);
    });
    Services services{conversations, {servers, holding}, names, *agent_tls};
    ResolverPeers resolver{executor, deadlines, gate, names, audit};

    bool ready = false;
    const auto changed = [&] {
        if (const auto& profile = gate.policy().profile; profile)
            names.learn(*profile);
        if (!ready && gate.answered() && audit.ready()) {
            ready = true;
            sd_notify(0, "READY=1");
        }
    };
    spawn(executor, deadlines.run(executor));
    spawn(executor, upstream.sweep());
    spawn(executor, ends.run(executor));
    spawn(executor, audit.run([&] {
        if (!audit.up())
            flows.cut_all(audit.why_not());
        changed();
    }));
    gate.when_withheld([&](std::string_view credential) { flows.cut_credential(credential, kWithheld); });
    spawn(executor, gate.run([&] {
        upstream.drop_idle();
        flows.review(gate.policy());
        changed();
    }));
    spawn(executor, accept_redirected(services, std::move(sockets.redirect4)));
    spawn(executor, accept_redirected(services, std::move(sockets.redirect6)));
    spawn(executor, serve_dns_udp(resolver, std::move(sockets.dns4_udp)));
    spawn(executor, serve_dns_udp(resolver, std::move(sockets.dns6_udp)));
    spawn(executor, serve_dns_tcp(resolver, std::move(sockets.dns4_tcp)));
    spawn(executor, serve_dns_tcp(resolver, std::move(sockets.dns6_tcp)));

    asio::signal_set stop(loop, SIGTERM);
    stop.async_wait([&loop](const boost::system::error_code& /*problem*/, int /*signal*/) { loop.stop(); });
    loop.run();
    // Waiting coroutines refer to everything above; the kernel takes it back at once, unlike destructors in any order.
    std::_Exit(EXIT_SUCCESS);
}

}  // namespace anchorhold::egress
