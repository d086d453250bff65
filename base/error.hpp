// A failure as a value: what was tried, on what, and errno. Made once, at the place that knows.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace anchorhold {

struct Error {
    std::string tried;   // "mount", "parse profile"
    std::string object;  // "/home/agent", "line 12, column 3"
    int number = 0;      // errno, or 0 when no system call failed
    std::string detail;  // what is wrong and what to do next; may be empty

    // "mount /home/agent: No such device (19): attach a disk"
    [[nodiscard]] std::string text() const;
    // For whoever is told no and not how: the detail alone, where there is one.
    [[nodiscard]] std::string reason() const { return detail.empty() ? text() : detail; }
};

template <class T = void>
using Result = std::expected<T, Error>;

// `return fail("open", path, errno);` converts to any Result<T>.
[[nodiscard]] std::unexpected<Error> fail(std::string_view tried, std::string_view object, int number = 0,
                                          std::string_view detail = {});

}  // namespace anchorhold
