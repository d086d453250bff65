#include "init/services/services.hpp"

#include "base/addresses.hpp"
#include "base/identities.hpp"

namespace anchorhold::init {
namespace {

using enum SocketKind;

constexpr SocketRow kAuditSockets[] = {
    {"audit", unix_packets, "/run/anchorhold/audit"},
    {"witness", host_port, "org.anchorhold.audit"},
};
constexpr SocketRow kGateSockets[] = {
    {"gate", unix_packets, "/run/anchorhold/gate"},
    {"bus", unix_stream, "/run/anchorhold/bus"},
};
constexpr SocketRow kEgressSockets[] = {
    {"redirect4", tcp, kShieldEnd.v4, kEgressPort}, {"redirect6", tcp, kShieldEnd.v6, kEgressPort},
    {"dns4-udp", udp, kShieldEnd.v4, kDnsPort},     {"dns4-tcp", tcp, kShieldEnd.v4, kDnsPort},
    {"dns6-udp", udp, kShieldEnd.v6, kDnsPort},     {"dns6-tcp", tcp, kShieldEnd.v6, kDnsPort},
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
