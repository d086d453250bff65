// The whole of egress on one loop: what main gives it, made into services, listeners and channels.
#pragma once

#include <string>

#include "base/unique_fd.hpp"
#include "shield/egress/io/asio.hpp"

namespace anchorhold::egress {

struct Settings {
    std::string run_directory = "/run/anchorhold";               // ANCHORHOLD_RUN
    std::string state_directory = "/var/lib/anchorhold/egress";  // ANCHORHOLD_STATE
    std::string roots_file = "/usr/share/anchorhold/roots.crt";  // ANCHORHOLD_ROOTS
    std::string resolvers;                                       // ANCHORHOLD_RESOLVERS: addresses, separated by spaces
};
[[nodiscard]] Settings settings_from_environment();

struct Sockets {
    UniqueFd redirect4, redirect6, dns4_udp, dns4_tcp, dns6_udp, dns6_tcp;
};
[[nodiscard]] Result<Sockets> sockets_from_init();

// As base/harden.hpp says; no SIGPIPE, as many descriptors as there may be, locked memory for secrets.
[[nodiscard]] Result<> harden();

// Until SIGTERM. READY=1 goes out when the trust files are written and gate and auditor have answered.
[[nodiscard]] Result<> run(const Settings& settings, Sockets sockets);

}  // namespace anchorhold::egress
