// How a child ended, and the one text for it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "init/launch/setup_failure.hpp"

namespace anchorhold::init {

// As waitid(2) tells it.
struct Ended {
    pid_t pid = 0;
    int how = 0;     // CLD_EXITED, CLD_KILLED or CLD_DUMPED
    int status = 0;  // exit status or signal
};
// From the status of waitpid(2).
[[nodiscard]] Ended ended_by(pid_t pid, int wait_status);

// How a child ended, and whether it ever became its program.
struct Death {
    Ended ended;
    std::optional<SetupFailure> setup;
};

// "exit status 3", "killed by signal 9".
[[nodiscard]] std::string text_of(const Ended& ended);
// The same, or "not started: exec /x: No such file or directory (2)".
[[nodiscard]] std::string text_of(const Death& death);

}  // namespace anchorhold::init
