// The child's way from clone to exec. Runs in the new process only; the order of its steps is the table in
// child_steps.cpp.
#pragma once

#include <string>
#include <vector>

#include "base/unique_fd.hpp"
#include "init/launch/launch_spec.hpp"
#include "init/launch/setup_failure.hpp"

namespace anchorhold::init {

// What the child needs and the caller has made before there was one: the child itself allocates for its view of files
// and its capabilities alone.
struct Prepared {
    static constexpr std::size_t kPidRoom = 12;

    std::vector<PassedFd> passed;  // sockets included
    std::vector<int> parked;       // one for each of `passed`, out of the way of all numbers that are wanted
    std::string oom_score;
    std::vector<std::string> environment;
    std::vector<char*> arguments;
    std::vector<char*> variables;
    char* listen_pid = nullptr;  // room for kPidRoom digits in `environment`; null when no sockets are passed
};

// Becomes the program. Returns only what stopped it; `report` may have got another number by then.
[[nodiscard]] SetupFailure become(const LaunchSpec& spec, Prepared& prepared, UniqueFd& report);

}  // namespace anchorhold::init
