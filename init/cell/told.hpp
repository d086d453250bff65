// An error on its way through a pipe to whoever started the process. Smaller than PIPE_BUF, so whole or not at all.
#pragma once

#include <array>

#include "base/error.hpp"

namespace anchorhold::cell {

struct Told {
    int number = 0;
    std::array<char, 64> tried{};  // empty: all is well
    std::array<char, 512> object{};
    std::array<char, 128> detail{};
};

// What does not fit is cut off.
[[nodiscard]] Told tell(const Error& error);
// What a peer has written; fields need not end.
[[nodiscard]] Result<> heard(const Told& told);

}  // namespace anchorhold::cell
