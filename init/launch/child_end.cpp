#include "init/launch/child_end.hpp"

#include <sys/wait.h>

#include <csignal>

namespace anchorhold::init {

Ended ended_by(pid_t pid, int wait_status) {
    if (WIFEXITED(wait_status))
        return {.pid = pid, .how = CLD_EXITED, .status = WEXITSTATUS(wait_status)};
    return {.pid = pid, .how = WCOREDUMP(wait_status) ? CLD_DUMPED : CLD_KILLED, .status = WTERMSIG(wait_status)};
}

std::string text_of(const Ended& ended) {
    return (ended.how == CLD_EXITED ? "exit status " : "killed by signal ") + std::to_string(ended.status);
}

std::string text_of(const Death& death) {
    return death.setup ? "not started: " + death.setup->error().text() : text_of(death.ended);
}

}  // namespace anchorhold::init
