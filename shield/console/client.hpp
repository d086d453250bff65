// Who counts as one client where there is not room for all.
#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>

namespace anchorhold::console {

// The bytes of an IPv4 address, or of an IPv6 address' first 64 bits: the rest is the client's own to choose.
[[nodiscard]] std::string client_of(const sockaddr_storage& peer);
// For people and for gate: "192.0.2.7", "2001:db8:1:2::/64".
[[nodiscard]] std::string text_of_client(std::string_view client);

}  // namespace anchorhold::console
