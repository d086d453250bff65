// Where services say READY=1 (sd_notify(3)). The sender's pid comes from the kernel by SO_PASSCRED, never from the
// message.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/unique_fd.hpp"

namespace anchorhold::init {

struct Notice {
    pid_t pid = 0;
    std::string text;
};

Result<UniqueFd> open_notify_socket(const std::string& path);
// The next datagram, or nothing when there is none. One that is cut off or carries descriptors arrives without them.
std::optional<Notice> receive_notice(int socket);

}  // namespace anchorhold::init
