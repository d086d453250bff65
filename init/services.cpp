#include "init/services.hpp"

#include "init/identities.hpp"

namespace anchorhold::init {
namespace {

using enum SocketKind;

constexpr std::uint16_t kRedirectPort = 15001;
constexpr std::uint16_t kDnsPort = 53;
constexpr std::uint16_t kConsolePort = 8711;
constexpr std::uint16_t kSshPort = 22;
constexpr std::string_view kShield4 = "198.18.0.1";  // cell0, see docs/design.md, addresses
constexpr std::string_view kShield6 = "fd61:6e63:686f::1";

constexpr SocketRow kAuditSockets[] = {
    {"audit", unix_packets, "/run/anchorhold/audit"},
    {"witness", host_port, "org.anchorhold.audit"},
};
constexpr SocketRow kGateSockets[] = {
    {"gate", unix_packets, "/run/anchorhold/gate"},
    {"bus", unix_stream, "/run/anchorhold/bus"},
};
constexpr SocketRow kEgressSockets[] = {
    {"redirect4", tcp, kShield4, kRedirectPort}, {"redirect6", tcp, kShield6, kRedirectPort},
    {"dns4-udp", udp, kShield4, kDnsPort},       {"dns4-tcp", tcp, kShield4, kDnsPort},
    {"dns6-udp", udp, kShield6, kDnsPort},       {"dns6-tcp", tcp, kShield6, kDnsPort},
};
constexpr SocketRow kConsoleSockets[] = {
    {"console", tcp, "::", kConsolePort},
};
constexpr SocketRow kOwnSockets[] = {
    {"fence", unix_packets, "/run/anchorhold/fence"},
    {"ssh", tcp, "::", kSshPort},
};

constexpr std::uint64_t kMiB = 1ULL << 20;

constexpr ServiceRow kTable[] = {
    {"audit", "/usr/lib/anchorhold/audit", kAuditUid, kAuditSockets, 256 * kMiB, 16 * kMiB, 32,
     "first: with no auditor nothing is allowed"},
    {"gate", "/usr/lib/anchorhold/gate", kGateUid, kGateSockets, 256 * kMiB, 16 * kMiB, 32,
     "decides; no network socket reaches it"},
    {"egress", "/usr/lib/anchorhold/egress", kEgressUid, kEgressSockets, 1024 * kMiB, 32 * kMiB, 64,
     "the only uid that the fence lets out; room for bodies that are streamed"},
    {"console", "/usr/lib/anchorhold/console", kConsoleUid, kConsoleSockets, 128 * kMiB, 8 * kMiB, 32,
     "where a person approves"},
};

}  // namespace

std::span<const ServiceRow> service_table() {
    return kTable;
}

std::span<const SocketRow> own_sockets() {
    return kOwnSockets;
}

}  // namespace anchorhold::init
