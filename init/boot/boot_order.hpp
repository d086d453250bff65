// The boot, from top to bottom.
#pragma once

#include <span>

#include "init/boot/machine.hpp"

namespace anchorhold::init {

std::span<const Step<Machine>> boot_order();

}  // namespace anchorhold::init
