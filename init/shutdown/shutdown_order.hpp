// The way down, from top to bottom.
#pragma once

#include <span>

#include "init/shutdown/shutdown.hpp"

namespace anchorhold::init {

std::span<const Step<Shutdown>> shutdown_order();

}  // namespace anchorhold::init
