#include "init/cell/readiness.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "init/cell/told.hpp"
#include "init/launch/notify_message.hpp"

namespace anchorhold::cell {

void tell_init(const Error& error) {
    const Told told = tell(error);
    (void)!write(kReadyFd, &told, sizeof told);
}

Result<Readiness> Readiness::create() {
    Readiness made;
    if (fcntl(kReadyFd, F_SETFD, FD_CLOEXEC) != 0)
        return made;
    made.init_.reset(kReadyFd);
    made.socket_.reset(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    static_assert(sizeof kNotifySocket <= sizeof address.sun_path);
    std::memcpy(address.sun_path, kNotifySocket, sizeof kNotifySocket);
    if (!made.socket_ || bind(made.socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        chmod(kNotifySocket, 0600) != 0 || setenv("NOTIFY_SOCKET", kNotifySocket, 1) != 0)
        return fail("readiness", kNotifySocket, errno);
    return made;
}

void Readiness::receive() {
    std::array<char, 512> text{};
    const ssize_t size = recv(socket_.get(), text.data(), text.size(), 0);
    if (size <= 0)
        return;
    if (!init::read_notify_message({text.data(), static_cast<std::size_t>(size)}).ready)
        return;
    const Told ready;
    (void)!write(init_.get(), &ready, sizeof ready);
    init_.reset();
    socket_.reset();
    unlink(kNotifySocket);
}

}  // namespace anchorhold::cell
