#include "shield/message/channel.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace anchorhold {
namespace {

Result<sockaddr_un> address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return fail("address unix socket", path, ENAMETOOLONG);
    path.copy(address.sun_path, path.size());
    return address;
}

Result<UniqueFd> seqpacket() {
    UniqueFd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd)
        return fail("create unix socket", "", errno);
    return fd;
}

}  // namespace

void make_room_for_packets(int fd) {
    // Twice the packet: the kernel counts its own bookkeeping too. Not fatal: send_message reports what does not fit.
    const int size = 2 * static_cast<int>(kMaxPacket);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

Result<UniqueFd> connect_channel(const std::string& path) {
    auto address = address_of(path);
    auto fd = seqpacket();
    if (!address || !fd)
        return std::unexpected(address ? fd.error() : address.error());
    make_room_for_packets(fd->get());
    if (connect(fd->get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) < 0)
        return fail("connect to", path, errno);
    return fd;
}

Result<UniqueFd> listen_channel(const std::string& path) {
    auto address = address_of(path);
    auto fd = seqpacket();
    if (!address || !fd)
        return std::unexpected(address ? fd.error() : address.error());
    unlink(path.c_str());
    if (bind(fd->get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) < 0 || listen(fd->get(), 16) < 0)
        return fail("listen on", path, errno);
    return fd;
}

Result<UniqueFd> accept_channel(int listener) {
    UniqueFd fd(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd)
        return fail("accept", "channel", errno);
    make_room_for_packets(fd.get());
    return fd;
}

Result<Peer> peer_of(int fd) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
        return fail("ask for the peer of", "channel", errno);
    return Peer{credentials.pid, credentials.uid, credentials.gid};
}

Result<std::string> packet_of(const json::object& message) {
    auto text = canonical(message);
    if (text && text->size() > kMaxPacket)
        return fail("send message", "", EMSGSIZE);
    return text;
}

Result<> send_message(int fd, const json::object& message) {
    const auto packet = packet_of(message);
    if (!packet)
        return std::unexpected(packet.error());
    if (send(fd, packet->data(), packet->size(), MSG_NOSIGNAL) < 0)
        return fail("send message", "", errno);
    return {};
}

Result<> send_secret(int fd, std::span<const char> secret) {
    if (send(fd, secret.data(), secret.size(), MSG_NOSIGNAL) < 0)
        return fail("send secret", "", errno);
    return {};
}

Result<std::size_t> receive_secret(int fd, std::span<char> room) {
    const ssize_t size = recv(fd, room.data(), room.size(), MSG_TRUNC);
    if (size < 0)
        return fail("receive secret", "", errno);
    if (size == 0)
        return fail("receive secret", "", ECONNRESET);
    if (static_cast<std::size_t>(size) > room.size())
        return fail("receive secret", "", EMSGSIZE);
    return static_cast<std::size_t>(size);
}

Result<std::optional<json::object>> receive_message(int fd) {
    // Kept between calls: one loop a process, and a packet is parsed before the next is read.
    thread_local std::vector<char> buffer(kMaxPacket);
    const ssize_t size = recv(fd, buffer.data(), buffer.size(), MSG_TRUNC);
    if (size < 0)
        return fail("receive message", "", errno);
    if (size == 0)
        return std::optional<json::object>{};
    if (static_cast<std::size_t>(size) > buffer.size())
        return fail("receive message", "", EMSGSIZE);
    // A message is used and dropped as a whole: its parts need not be freed one by one.
    const auto memory = json::make_shared_resource<json::monotonic_resource>(2 * static_cast<std::size_t>(size));
    auto value = parse_json({buffer.data(), static_cast<std::size_t>(size)}, memory);
    // A code that lets a person enrol must not lie about here until the next packet.
    explicit_bzero(buffer.data(), static_cast<std::size_t>(size));
    if (!value || !value->is_object())
        return fail("receive message", "", EBADMSG, "not a JSON object");
    return std::optional(std::move(value->get_object()));
}

}  // namespace anchorhold
