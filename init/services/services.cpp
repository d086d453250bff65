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
};
constexpr SocketRow kAgentApiSockets[] = {
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
    {"audit", "/usr/lib/anchorhold/audit", kAuditUid, kAuditSockets, 256 * kMiB, 16 * kMiB, 32, 100, Critical::yes,
     "first: with no auditor nothing is allowed"},
    {"gate", "/usr/lib/anchorhold/gate", kGateUid, kGateSockets, 256 * kMiB, 16 * kMiB, 32, 100, Critical::yes,
     "decides; no socket of the agent or of the network reaches it"},
    {"egress", "/usr/lib/anchorhold/egress", kEgressUid, kEgressSockets, 1024 * kMiB, 32 * kMiB, 64, 100, Critical::yes,
     "the only uid that the fence lets out; room for bodies that are streamed"},
    {"console", "/usr/lib/anchorhold/console", kConsoleUid, kConsoleSockets, 128 * kMiB, 8 * kMiB, 32, 100,
     Critical::yes, "where a person approves"},
    {"agent-api", "/usr/lib/anchorhold/agent-api", kAgentApiUid, kAgentApiSockets, 96 * kMiB, 0, 8, 10, Critical::no,
     "parses what the agent sends, so it holds nothing; flooded or dead, it costs the agent its `hold` alone"},
};

}  // namespace

std::span<const ServiceRow> service_table() {
    return kTable;
}

std::span<const SocketRow> own_sockets() {
    return kOwnSockets;
}

}  // namespace anchorhold::init
