// Pid 1 of the cell: keeps one program running, reaps every orphan, and leaves last.
#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"

namespace anchorhold::cell {

// An ed25519 key pair at `path` and `path`.pub, made by ssh-keygen(1) when there is none. Complete on disk or not
// there.
[[nodiscard]] Result<> ensure_host_key(const std::string& path);

// Runs `command` (a path and its arguments), again whenever it ends, after 100 ms at first and twice as long each time
// up to 30 s; a run of a minute starts that anew. Descriptor 3 is handed on by LISTEN_PID (sd_listen_fds(3)). SIGTERM
// and SIGINT end all processes of the pid namespace, by SIGKILL after five seconds. Returns when no child is left.
// When the program first says READY=1 init is told (readiness.hpp).
[[nodiscard]] Result<> supervise(const std::vector<std::string>& command);

// Keeps only CAP_KILL in effect; the permitted set is left for the program to inherit.
[[nodiscard]] Result<> lower_capabilities();

}  // namespace anchorhold::cell
