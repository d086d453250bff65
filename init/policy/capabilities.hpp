// What PID 1 keeps once the machine is up, as data with its why.
#pragma once

#include <sys/capability.h>

#include <span>
#include <string_view>

#include "base/error.hpp"

namespace anchorhold::init {

struct KeptRow {
    cap_value_t capability;
    std::string_view why;
};

std::span<const KeptRow> kept_capabilities();

// Permitted, effective and bounding set of this process, for good. Whatever it starts later cannot have more.
Result<> trim_capabilities(std::span<const KeptRow> kept);

}  // namespace anchorhold::init
