#include "shield/egress/session.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/controls.hpp"
#include "shield/egress/connection_record.hpp"
#include "shield/egress/first_bytes.hpp"
#include "shield/egress/http/conversation.hpp"
#include "shield/egress/http/refusal_text.hpp"
#include "shield/egress/io/time_limit.hpp"
#include "shield/egress/io/time_limits.hpp"
#include "shield/egress/judge.hpp"
#include "shield/profile/names.hpp"

namespace anchorhold::egress {
namespace {

void note_refused(Services& services, const asio::ip::tcp::endpoint& dialled, std::string_view name,
                  const std::string& reason) {
    const std::string address = dialled.address().to_string();
    if (const auto count = services.refused_connections.should_log(address + ' ' + reason); count > 0)
        services.conversations.audit.note(record_of(ConnectionRecord{address, dialled.port(), name, reason, count}));
}

bool listed(const Policy& policy, std::string_view name, std::uint16_t port) {
    const auto& profile = policy.profile;
    const auto* host = profile ? profile::host_of(*profile, name) : nullptr;
    return host != nullptr && std::ranges::contains(host->ports, port);
}

// Why everything on this connection is refused, whatever is asked; `name` may be empty.
struct Unreachable {
    bool given_out = true;  // the address stands for a name, or for all that are not listed
    std::string name;

    [[nodiscard]] std::string reason(const Policy& policy, std::uint16_t port) const {
        const auto* host = policy.profile ? profile::host_of(*policy.profile, name) : nullptr;
        if (!given_out)
            return "no name stands for this address; only names that the resolver gave out can be reached";
        if (!policy.profile)
            return policy.why_none;
        if (host != nullptr && std::ranges::contains(host->ports, port))
            return name + " has only now been listed by " + policy.title + "; resolve it again";
        if (host != nullptr)
            return "refused by " + policy.title + ": it lists " + name + " but not port " + std::to_string(port);
        return "refused by " + policy.title + ": no rule lists " + (name.empty() ? "this name" : name);
    }
};

// What the client speaks. Where the protocol begins with the server's word nothing comes, and `at_most` ends the wait;
// zero: kFirstByte does. An error: it went away.
Task<Result<Spoken>> hear(Conversation& client, std::chrono::seconds at_most) {
    std::array<char, 1> first{};
    client.stream.set_deadline(kFirstByte);
    {
        std::optional<TimeLimit> patience;
        if (at_most.count() != 0)
            patience.emplace(client.peers.executor, at_most, [&client] { client.stream.stop_waiting(); });
        const auto size = co_await client.stream.peek(first);
        bool late = false;  // told apart before the wait: g++ 14 evaluates what follows && where a co_await is in it
        if (patience)
            late = co_await patience->end();
        if (late && !size)
            co_return Spoken::unknown_yet;
        if (!size || *size == 0)
            co_return fail("greet", "client", ECONNRESET);
    }
    // OpenSSL reads from the socket itself.
    Spoken protocol = spoken({first.data(), first.size()});
    while (protocol != Spoken::tls) {
        const auto size = co_await client.input.fill(client.stream);
        protocol = spoken(client.input.view());
        if (protocol != Spoken::unknown_yet)
            break;
        if (!size || *size == 0)
            co_return fail("greet", "client", ECONNRESET);
    }
    co_return protocol;
}

Task<Result<>> agree_on_tls(Conversation& client, const AgentTls& tls, ServerName& name) {
    auto ssl = tls.accept(name);
    if (!ssl)
        co_return std::unexpected(ssl.error());
    client.stream.set_deadline(kAgentHandshake);
    client.secure = true;
    auto agreed = co_await client.stream.handshake(std::move(*ssl));
    if (!agreed && !name.expected.empty() && name.asked != name.expected)
        agreed.error().detail = name.asked.empty() ? "no server name (SNI) in the TLS handshake"
                                                   : "TLS server name " + name.asked + " is not " + name.expected +
                                                         ", for which the dialled address stands";
    co_return agreed;
}

// Told why, whatever is asked.
Task<> explain(Conversation& client, Unreachable where) {
    for (const std::string unlisted = where.name;;) {
        client.name = unlisted;
        if (!co_await client.next_request())
            co_return;
        // In the clear only Host says what was wanted.
        if (const auto host = profile::canonical_host(client.reader.head().host); unlisted.empty() && host) {
            client.name = *host;
            client.url.insert(client.url.find("://") + 3, client.name);
        }
        where.name = client.name;
        const Policy& policy = client.peers.gate.policy();
        const std::string reason = where.reason(policy, client.port);
        if (!co_await client.refuse(policy.profile ? 403 : 503, {.reason = reason}))
            co_return;
    }
}

}  // namespace

Task<> serve_connection(Services& services, Socket socket, asio::ip::tcp::endpoint dialled) {
    const bool refusal = Names::is_refusal(dialled.address());
    Unreachable where;
    const Gate& gate = services.conversations.gate;
    where.name = services.names.name_at(dialled.address());
    where.given_out = refusal || !where.name.empty();
    Conversation client(services.conversations, std::move(socket), where.name, dialled.port());
    client.stream.probe();
    const bool reachable = !refusal && listed(gate.policy(), where.name, dialled.port());
    const bool web = dialled.port() == 443 || dialled.port() == 80;

    const auto protocol = co_await hear(client, reachable || web ? std::chrono::seconds(0) : kGreeting);
    // Clients that open connections ahead and close them unused are no event.
    if (!protocol)
        co_return;
    if (*protocol != Spoken::tls && *protocol != Spoken::http) {
        const std::string reason = reachable ? "neither TLS nor HTTP, the only protocols that can be let through"
                                             : where.reason(gate.policy(), dialled.port());
        note_refused(services, dialled, where.name, reason);
        co_return co_await client.last_words(refusal_in(*protocol, refusal_phrase(reason)));
    }
    ServerName server_name;
    if (!guard_off("name-check"))
        server_name.expected = where.name;
    if (*protocol == Spoken::tls)
        if (const auto agreed = co_await agree_on_tls(client, services.agent_tls, server_name); !agreed)
            co_return note_refused(services, dialled, where.name, agreed.error().text());
    if (!reachable) {
        if (where.name.empty())
            where.name = server_name.asked;
        co_return co_await explain(client, std::move(where));
    }
    while (co_await client.next_request())
        if (!co_await judge(client, services.ways))
            break;
    if (client.ending == Ending::orderly)
        client.stream.end_writing();
    else if (client.ending == Ending::reset)
        client.stream.abort();
}

}  // namespace anchorhold::egress
