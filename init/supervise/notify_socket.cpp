#include "init/supervise/notify_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace anchorhold::init {

Result<UniqueFd> open_notify_socket(const std::string& path) {
    UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (!socket || path.size() >= sizeof address.sun_path)
        return fail("make notify socket", path, socket ? ENAMETOOLONG : errno);
    path.copy(address.sun_path, path.size());
    const int on = 1;
    if (setsockopt(socket.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0 ||
        bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0 ||
        chmod(path.c_str(), 0666) < 0)
        return fail("make notify socket", path, errno);
    return socket;
}

std::optional<Notice> receive_notice(int socket) {
    std::array<char, 4096> text;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control{};
    iovec part{.iov_base = text.data(), .iov_len = text.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (n < 0)
        return std::nullopt;
    Notice out;
    out.text.assign(text.data(), static_cast<std::size_t>(n));
    for (const cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
         header = CMSG_NXTHDR(&message, const_cast<cmsghdr*>(header))) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_CREDENTIALS)
            continue;
        ucred sender{};
        std::memcpy(&sender, CMSG_DATA(header), sizeof sender);
        out.pid = sender.pid;
    }
    return out;
}

}  // namespace anchorhold::init
