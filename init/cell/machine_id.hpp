// The machine's id as programs in the cell read it (machine-id(5)): random, made once and kept on the state disk, so it
// says nothing of the host, and another disk is another machine.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace anchorhold::cell {

// Whether it is 32 lower-case hexadecimal digits, not all of them 0, and a newline.
[[nodiscard]] bool is_machine_id(std::string_view text);

// Makes the file, or makes it anew where it is no such id. Its mode lets everybody read it.
[[nodiscard]] Result<> ensure_machine_id(const std::string& path);

}  // namespace anchorhold::cell
