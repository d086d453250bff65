// Finds the state disk, formats it when it is blank, checks it otherwise, mounts it and makes its directories.
// A disk with somebody's data on it is never written.
#pragma once

#include <functional>

#include "init/report/report.hpp"
#include "init/sequence/step.hpp"
#include "init/system/system.hpp"

namespace anchorhold::init {

inline constexpr std::string_view kStateDirectory = "/var/lib/anchorhold";

// Runs a program to its end without holding PID 1 up; the handler gets how it ended.
using RunProgram = std::function<Result<>(const LaunchSpec&, std::function<void(const Ended&)>)>;

void prepare_state_disk(System& system, Report& report, const RunProgram& run, Done done);

}  // namespace anchorhold::init
