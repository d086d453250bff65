#include "base/listen_fds.hpp"

#include <fcntl.h>
#include <systemd/sd-daemon.h>

#include <cstdlib>

namespace anchorhold {

Result<UniqueFd> take_listen_fd(std::string_view name) {
    char** names = nullptr;
    const int count = sd_listen_fds_with_names(0, &names);
    UniqueFd found;
    for (int i = 0; i < count; ++i) {
        if (!found && name == names[i])
            found.reset(SD_LISTEN_FDS_START + i);
        std::free(names[i]);
    }
    std::free(static_cast<void*>(names));
    if (!found)
        return fail("take socket", name, 0, "init passed no descriptor of this name (LISTEN_FDNAMES)");
    if (fcntl(found.get(), F_SETFD, FD_CLOEXEC) < 0)
        return fail("take socket", name, errno);
    return found;
}

}  // namespace anchorhold
