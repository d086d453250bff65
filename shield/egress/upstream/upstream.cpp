#include "shield/egress/upstream/upstream.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "base/encoding.hpp"
#include "shield/egress/io/time_limit.hpp"
#include "shield/egress/io/time_limits.hpp"
#include "shield/egress/upstream/upstream_address.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::size_t kMaxIdle = 64;

std::string key_of(const ServerKey& server) {
    std::string key(server.host.name);
    key += server.secure ? " tls " : " clear ";
    key += std::to_string(server.port);
    key += ' ';
    key += server.credential;
    key += ' ';
    key += as_text(server.profile);
    return key;
}

// What may be dialled, or why nothing may.
Result<std::vector<asio::ip::address>> permitted(const std::vector<asio::ip::address>& found, const std::string& host,
                                                 bool private_addresses) {
    std::vector<asio::ip::address> good;
    std::string why;
    for (const auto& address : found) {
        const std::string_view what = not_public(address);
        if (never_upstream(address) || (!what.empty() && !private_addresses))
            why = host + " resolves to " + address.to_string() + " (" + std::string(what) +
                  "), which is no public address; a profile allows that with private = true";
        else
            good.push_back(address);
    }
    if (good.empty())
        return fail("dial", host, EACCES, why);
    return good;
}

}  // namespace

Task<Result<Socket>> UpstreamPool::connect(asio::ip::tcp::endpoint endpoint, std::chrono::milliseconds limit) {
    Socket socket(executor_);
    TimeLimit patience(executor_, limit, [&socket] {
        boost::system::error_code ignored;
        socket.close(ignored);
    });
    auto [problem] = co_await socket.async_connect(endpoint, kAwait);
    const bool late = co_await patience.end();
    if (late || problem)
        co_return fail("connect to", endpoint.address().to_string() + " port " + std::to_string(endpoint.port()),
                       late ? ETIMEDOUT : problem.value());
    const int on = 1;
    setsockopt(socket.native_handle(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    co_return socket;
}

Task<Result<Socket>> UpstreamPool::reach(asio::ip::tcp::endpoint endpoint, std::chrono::milliseconds limit,
                                         std::chrono::seconds lasting) {
    for (bool again = false;; again = true) {
        const auto open = co_await fence_.open(endpoint.address(), endpoint.port(), lasting);
        if (!open)
            co_return std::unexpected(open.error());
        auto socket = co_await connect(endpoint, limit);
        // A closed fence refuses at once, too: ask it rather than our memory.
        if (socket || again || *open == Fence::Opening::asked || socket.error().number != ECONNREFUSED)
            co_return socket;
        fence_.forget(endpoint.address(), endpoint.port());
    }
}

Task<Attempt<UpstreamPtr>> UpstreamPool::dial(ServerKey server) {
    const std::string name = server.host.name;
    const std::string roots = server.host.roots;
    const std::string key = key_of(server);
    const std::uint16_t port = server.port;
    const bool private_addresses = server.host.private_addresses;
    const bool secure = server.secure;
    const auto found = co_await names_.resolve(name);
    if (!found)
        co_return fail(FailureKind::unreachable, found.error());
    const auto addresses = permitted(found->addresses, name, private_addresses);
    if (!addresses)
        co_return fail(FailureKind::unreachable, addresses.error());
    const auto lasting =
        std::chrono::ceil<std::chrono::seconds>(std::max(found->until - Clock::now(), Clock::duration(kMinNameKept)));

    Error last{"dial", name, 0, "no address"};
    std::optional<Error> untrusted;  // tells more than that another address cannot be reached
    for (const auto& address : *addresses) {
        const auto limit = &address == &addresses->back() ? kConnect : kConnectEarly;
        auto socket = co_await reach({address, port}, limit, lasting);
        if (!socket) {
            last = socket.error();
            continue;
        }
        auto made = std::make_unique<UpstreamConnection>(std::move(*socket), deadlines_, key);
        if (!secure)
            co_return made;
        auto ssl = tls_.connect(name, roots);
        if (!ssl)
            co_return fail(FailureKind::unreachable, ssl.error());
        made->stream.within(kUpstreamHandshake);
        if (auto agreed = co_await made->stream.handshake(std::move(*ssl)); agreed) {
            made->stream.within({});
            co_return made;
        } else {
            last = agreed.error();
            last.object = "TLS with " + name;
            if (const long verdict = SSL_get_verify_result(made->stream.ssl()); verdict != X509_V_OK) {
                last.detail = X509_verify_cert_error_string(verdict);
                untrusted = last;
            }
        }
    }
    co_return fail(FailureKind::unreachable, untrusted.value_or(last));
}

UpstreamPtr UpstreamPool::idle(ServerKey server) {
    const std::string key = key_of(server);
    for (auto at = idle_.begin(); at != idle_.end();) {
        if ((*at)->key != key) {
            ++at;
            continue;
        }
        UpstreamPtr found = std::move(*at);
        at = idle_.erase(at);
        if (!found->stream.disturbed())
            return found;
    }
    return nullptr;
}

void UpstreamPool::keep(UpstreamPtr connection) {
    connection->stream.within({});
    connection->idle_since = Clock::now();
    idle_.push_front(std::move(connection));
    if (idle_.size() > kMaxIdle)
        idle_.pop_back();
}

Task<> UpstreamPool::sweep() {
    Timer timer(executor_);
    for (;;) {
        timer.expires_after(std::chrono::seconds(5));
        (void)co_await timer.async_wait(kAwait);
        std::erase_if(idle_, [](const UpstreamPtr& each) { return Clock::now() - each->idle_since > kUpstreamIdle; });
    }
}

}  // namespace anchorhold::egress
