#include "shield/egress/names/resolver.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "shield/egress/io/stream.hpp"
#include "shield/egress/io/time_limits.hpp"
#include "shield/egress/names/dns_answer.hpp"
#include "shield/egress/names/query_record.hpp"

namespace anchorhold::egress {
namespace {

constexpr int kDatagramsATurn = 32;
constexpr int kMaxConnections = 32;

enum class Transport : std::uint8_t { udp, tcp };

// Empty: say nothing.
Bytes answer(ResolverPeers& peers, ByteView message, Transport over) {
    const auto query = read_dns_query(message);
    if (!query)
        return {};
    const Policy& policy = peers.gate.policy();
    const DnsAnswer made = answer_question(*query, peers.names, policy);
    if (!made.refused.empty())
        if (const auto count = peers.refused.should_log(query->name); count > 0) {
            const auto rcode = static_cast<std::uint16_t>(made.reply.rcode);
            peers.audit.note(record_of(QueryRecord{query->name, query->type, rcode, made.refused, count}));
        }
    return write_dns_reply(*query, made.reply, over == Transport::tcp ? kDnsMaxMessage : dns_udp_limit(*query));
}

Task<bool> read_exactly(Stream& stream, std::span<char> into) {
    while (!into.empty()) {
        const auto size = co_await stream.read(into);
        if (!size || *size == 0)
            co_return false;
        into = into.subspan(*size);
    }
    co_return true;
}

Task<> serve_connection(ResolverPeers& peers, Socket socket, int& open) {
    Stream stream(std::move(socket), peers.deadlines);
    for (;;) {
        stream.set_deadline(kDnsIdle);
        std::array<char, 2> length{};
        if (!co_await read_exactly(stream, length))
            break;
        const auto high = static_cast<unsigned char>(length[0]);
        const auto low = static_cast<unsigned char>(length[1]);
        std::vector<char> message(static_cast<std::size_t>((high << 8) | low));
        if (!co_await read_exactly(stream, message))
            break;
        const Bytes reply = answer(peers, as_bytes({message.data(), message.size()}), Transport::tcp);
        if (reply.empty())
            break;
        std::string out{static_cast<char>(reply.size() >> 8), static_cast<char>(reply.size() & 0xff)};
        out += as_text(reply);
        if (!co_await stream.write(out))
            break;
    }
    --open;
}

}  // namespace

Task<> serve_dns_udp(ResolverPeers& peers, UniqueFd fd) {
    Descriptor socket(peers.executor, fd.release());
    std::array<char, 4096> buffer{};
    for (;;) {
        (void)co_await socket.async_wait(Descriptor::wait_read, kAwait);
        for (int i = 0; i < kDatagramsATurn; ++i) {
            sockaddr_storage from{};
            socklen_t from_size = sizeof from;
            auto* peer = reinterpret_cast<sockaddr*>(&from);
            const ssize_t size =
                recvfrom(socket.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT, peer, &from_size);
            if (size < 0)
                break;
            const Bytes reply =
                answer(peers, as_bytes({buffer.data(), static_cast<std::size_t>(size)}), Transport::udp);
            if (!reply.empty())
                sendto(socket.native_handle(), reply.data(), reply.size(), MSG_DONTWAIT | MSG_NOSIGNAL, peer,
                       from_size);
        }
    }
}

Task<> serve_dns_tcp(ResolverPeers& peers, UniqueFd fd) {
    Acceptor listener(peers.executor);
    listener.assign(asio::ip::tcp::v6(), fd.release());  // the family is only needed to open one
    int open = 0;
    for (;;) {
        auto [problem, socket] = co_await listener.async_accept(kAwait);
        if (problem) {
            co_await sleep_briefly(peers.executor);
            continue;
        }
        if (open >= kMaxConnections)
            continue;
        ++open;
        spawn(peers.executor, serve_connection(peers, std::move(socket), open));
    }
}

}  // namespace anchorhold::egress
