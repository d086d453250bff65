#include "shield/egress/session.hpp"

#include <algorithm>
#include <array>

#include "base/controls.hpp"
#include "shield/egress/conversation.hpp"
#include "shield/egress/judge.hpp"
#include "shield/egress/time_limits.hpp"
#include "shield/profile/names.hpp"

namespace anchorhold::egress {
namespace {

constexpr int kTlsHandshake = 0x16;  // ContentType handshake, RFC 8446 section 5.1

void note_refused(Services& services, const asio::ip::tcp::endpoint& dialled, std::string_view name,
                  const std::string& reason) {
    const std::string address = dialled.address().to_string();
    const auto count = services.worth_telling("tcp " + address + ' ' + reason, services.refused_connections);
    if (count > 0)
        services.audit.note(record_of(ConnectionRecord{address, dialled.port(), name, reason, count}));
}

bool listed(const Services& services, std::string_view name, std::uint16_t port) {
    const auto& profile = services.gate.policy().profile;
    const auto* host = profile ? profile::host_of(*profile, name) : nullptr;
    return host != nullptr && std::ranges::contains(host->ports, port);
}

// True when the client now speaks HTTP to us; else why not (empty: it only went away).
Task<Result<>> agree(Conversation& client, ServerName& name) {
    std::array<char, 1> first{};
    client.stream.within(kFirstByte);
    const auto size = co_await client.stream.peek(first);
    if (!size || *size == 0)
        co_return fail("greet", "client", ECONNRESET);
    if (first[0] >= 'A' && first[0] <= 'Z')
        co_return Result<>{};
    if (first[0] != kTlsHandshake)
        co_return fail("greet", "client", EPROTO,
                       "speaks neither TLS nor HTTP, the only protocols that can be let through");
    auto ssl = client.services.agent_tls.accept(name);
    if (!ssl)
        co_return std::unexpected(ssl.error());
    client.stream.within(kAgentHandshake);
    client.secure = true;
    auto agreed = co_await client.stream.handshake(std::move(*ssl));
    if (!agreed && !name.expected.empty() && name.asked != name.expected)
        agreed.error().detail = name.asked.empty() ? "no server name (SNI) in the TLS handshake"
                                                   : "TLS server name " + name.asked + " is not " + name.expected +
                                                         ", for which the dialled address stands";
    co_return agreed;
}

// A name that no rule lists, or a port: told why, whatever is asked.
Task<> explain(Conversation& client, const std::string& unlisted_name) {
    for (;;) {
        client.name = unlisted_name;
        if (!co_await client.next_request())
            co_return;
        // In the clear only Host says what was wanted.
        if (const auto host = profile::canonical_host(client.reader.head().host); unlisted_name.empty() && host) {
            client.name = *host;
            client.url.insert(client.url.find("://") + 3, client.name);
        }
        const Policy& policy = client.services.gate.policy();
        const auto* host = policy.profile ? profile::host_of(*policy.profile, client.name) : nullptr;
        std::string reason;
        if (!policy.profile)
            reason = policy.why_none;
        else if (host != nullptr && std::ranges::contains(host->ports, client.port))
            reason = client.name + " has only now been listed by " + policy.title + "; resolve it again";
        else if (host != nullptr)
            reason = "refused by " + policy.title + ": it lists " + client.name + " but not port " +
                     std::to_string(client.port);
        else
            reason = "refused by " + policy.title + ": no rule lists " + client.name;
        if (!co_await client.refuse(policy.profile ? 403 : 503, {.reason = reason}))
            co_return;
    }
}

}  // namespace

Task<> serve_connection(Services& services, Socket socket, asio::ip::tcp::endpoint dialled) {
    const bool refusal = Names::is_refusal(dialled.address());
    const std::string name(services.names.name_at(dialled.address()));
    if (!refusal && name.empty()) {
        note_refused(services, dialled, "",
                     "no name stands for this address; only names that the resolver gave out can be reached");
        co_return;
    }
    Conversation client(services, std::move(socket), name, dialled.port());
    const bool reachable = !refusal && listed(services, name, dialled.port());
    if (!reachable && dialled.port() != 443 && dialled.port() != 80) {
        note_refused(services, dialled, name, refusal ? "the name is not listed" : "the port is not listed");
        co_return;
    }
    ServerName server_name;
    if (!guard_off("name-check"))
        server_name.expected = name;
    if (auto agreed = co_await agree(client, server_name); !agreed) {
        // Clients that open connections ahead and close them unused are no event.
        if (agreed.error().number != ECONNRESET || client.secure)
            note_refused(services, dialled, name, agreed.error().text());
        co_return;
    }
    if (!reachable) {
        co_await explain(client, refusal ? server_name.asked : name);
        co_return;
    }
    while (co_await client.next_request())
        if (!co_await judge(client))
            break;
    client.stream.end_writing();
}

}  // namespace anchorhold::egress
