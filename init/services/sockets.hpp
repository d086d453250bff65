// The sockets that init makes once and passes to services: they outlive a service's death, so that nothing is refused
// while it comes back, and no service needs the right to bind.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/unique_fd.hpp"

namespace anchorhold::init {

enum class SocketKind : std::uint8_t {
    unix_packets,  // SOCK_SEQPACKET at a path
    unix_stream,   // SOCK_STREAM at a path
    tcp,           // listening; an address that no link has yet is taken in advance
    udp,           // same
    host_port,     // a virtio-serial port, by name; left out when the host has none
};

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order in which people read the table
struct SocketRow {
    std::string_view name;  // in LISTEN_FDNAMES
    SocketKind kind;
    std::string_view address;  // path, numeric address ("::" takes both families), or port name
    std::uint16_t port = 0;
};

// Non-blocking, close-on-exec. Unix sockets get mode 0666: who may speak is judged by the peer's uid.
Result<UniqueFd> make_socket(const SocketRow& row);

}  // namespace anchorhold::init
