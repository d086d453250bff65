// Who counts as one client where there is not room for all.
#pragma once

#include <sys/socket.h>

#include <string>

namespace anchorhold::console {

// The bytes of an IPv4 address, or of an IPv6 address' first 64 bits: the rest is the client's own to choose.
[[nodiscard]] std::string client_of(const sockaddr_storage& peer);

}  // namespace anchorhold::console
