#include "init/services/sockets.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace anchorhold::init {
namespace {

constexpr int kBacklog = 512;
constexpr int kOn = 1;
constexpr int kOff = 0;

Result<UniqueFd> make_unix(const SocketRow& row) {
    const int type = row.kind == SocketKind::unix_packets ? SOCK_SEQPACKET : SOCK_STREAM;
    UniqueFd fd(socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const std::string path(row.address);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (!fd || path.size() >= sizeof address.sun_path)
        return fail("make socket", path, fd ? ENAMETOOLONG : errno);
    path.copy(address.sun_path, path.size());
    if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0 ||
        chmod(path.c_str(), 0666) < 0 || listen(fd.get(), kBacklog) < 0)
        return fail("make socket", path, errno);
    return fd;
}

Result<> bind_v4(int fd, const SocketRow& row) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(row.port);
    if (inet_pton(AF_INET, std::string(row.address).c_str(), &address.sin_addr) != 1)
        return fail("read address of socket", row.name, EINVAL);
    if (setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &kOn, sizeof kOn) < 0 ||
        bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
        return fail("bind socket", row.name, errno);
    return {};
}

Result<> bind_v6(int fd, const SocketRow& row) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(row.port);
    if (inet_pton(AF_INET6, std::string(row.address).c_str(), &address.sin6_addr) != 1)
        return fail("read address of socket", row.name, EINVAL);
    const int only = row.address == "::" ? kOff : kOn;
    if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only) < 0 ||
        setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &kOn, sizeof kOn) < 0 ||
        bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
        return fail("bind socket", row.name, errno);
    return {};
}

Result<UniqueFd> make_inet(const SocketRow& row) {
    const bool v6 = row.address.contains(':');
    const int type = row.kind == SocketKind::tcp ? SOCK_STREAM : SOCK_DGRAM;
    UniqueFd fd(socket(v6 ? AF_INET6 : AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd || setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &kOn, sizeof kOn) < 0)
        return fail("make socket", row.name, errno);
    if (auto bound = v6 ? bind_v6(fd.get(), row) : bind_v4(fd.get(), row); !bound)
        return std::unexpected(bound.error());
    if (row.kind == SocketKind::tcp && listen(fd.get(), kBacklog) < 0)
        return fail("listen on socket", row.name, errno);
    return fd;
}

}  // namespace

Result<UniqueFd> make_socket(const SocketRow& row) {
    switch (row.kind) {
        case SocketKind::unix_packets:
        case SocketKind::unix_stream:
            return make_unix(row);
        case SocketKind::tcp:
        case SocketKind::udp:
            return make_inet(row);
        case SocketKind::host_port:
            break;
    }
    return fail("make socket", row.name, EINVAL, "a port of the host is opened, not made");
}

}  // namespace anchorhold::init
