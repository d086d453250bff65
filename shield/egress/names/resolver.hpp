// The cell's DNS server, UDP and TCP, on sockets that init passed.
#pragma once

#include "base/unique_fd.hpp"
#include "shield/egress/services.hpp"

namespace anchorhold::egress {

// Both for ever.
Task<> serve_dns_udp(Services& services, UniqueFd socket);
Task<> serve_dns_tcp(Services& services, UniqueFd listener);

}  // namespace anchorhold::egress
