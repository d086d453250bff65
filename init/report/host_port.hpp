// Lines out of PID 1 that never block it: the console, and the virtio-serial port of a given name.
#pragma once

#include <string>

#include "init/report/report.hpp"
#include "init/system/system.hpp"

namespace anchorhold::init {

// Path of the character device of a virtio-serial port, by its name; empty when the host has none.
std::string find_port(System& system, std::string_view name);

// Opens the port when it first appears. A line that the host does not take at once is kept by the caller.
Sink port_sink(System& system, std::string name);
Sink console_sink();

}  // namespace anchorhold::init
