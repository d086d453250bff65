// What a process is by the kernel's own word, compared with what init asked for when it started it: a kernel may change
// under an image, and did (docs/design.md, "The cell").
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "init/system/system.hpp"

namespace anchorhold::init {

// Of /proc/PID/status.
struct Standing {
    std::uint64_t capabilities = 0;  // in any of the five sets
    bool no_new_privs = false;
    bool filtered = false;  // by seccomp
};
[[nodiscard]] Result<Standing> parse_status(std::string_view status);

struct Asked {
    std::string profile;                 // empty: any label will do
    std::uint64_t capabilities = ~0ULL;  // the most
    bool no_new_privs = false;
    bool filtered = false;
};
[[nodiscard]] Asked asked_of(const LaunchSpec& spec);

// An error when the process has another label than exactly the profile, more capabilities, or lacks a promise; ENOENT
// or ESRCH when it has gone.
[[nodiscard]] Result<> read_back(System& system, pid_t pid, const Asked& asked);

}  // namespace anchorhold::init
