// The cell's DNS server, UDP and TCP, on sockets that init passed.
#pragma once

#include "base/unique_fd.hpp"
#include "shield/egress/io/deadlines.hpp"
#include "shield/egress/names/names.hpp"
#include "shield/egress/peers/audit.hpp"
#include "shield/egress/peers/gate.hpp"

namespace anchorhold::egress {

// What all servers of this kind work with; it outlives them.
struct ResolverPeers {
    Executor executor;
    Deadlines& deadlines;
    const Gate& gate;  // for the profile in force
    const Names& names;
    Audit& audit;
    RefusalLog refused = {};
};

// Neither ever ends.
Task<> serve_dns_udp(ResolverPeers& peers, UniqueFd socket);
Task<> serve_dns_tcp(ResolverPeers& peers, UniqueFd listener);

}  // namespace anchorhold::egress
