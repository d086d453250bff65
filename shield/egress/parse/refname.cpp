// git-check-ref-format(1), and what goes beyond it because people and tools read these names.
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "shield/egress/parse/plain_utf8.hpp"
#include "shield/egress/parse/receive_pack.hpp"

namespace anchorhold::egress {
namespace {

struct Forbidden {
    std::string_view text;
    const char* fault;
};

constexpr std::array kForbidden = std::to_array<Forbidden>({
    {"..", "has `..`"},
    {"//", "has `//`"},
    {"@{", "has `@{`"},
    {"/.", "has a part that begins with `.`"},
    {"/-", "has a part that begins with `-`, which tools read as an option"},
    {" ", "has a space"},
    {"~", "has `~`"},
    {"^", "has `^`"},
    {":", "has `:`"},
    {"?", "has `?`"},
    {"*", "has `*`"},
    {"[", "has `[`"},
    {"\\", "has a backslash"},
    {".lock/", "has a part that ends in `.lock`"},
});

}  // namespace

std::optional<std::string> refname_fault(std::string_view name) {
    if (name.size() > kMaxRefName)
        return "is longer than 1024 bytes";
    if (name.starts_with('-'))
        return "begins with `-`, which tools read as an option";
    if (!name.starts_with("refs/"))
        return "does not begin with `refs/`";
    if (!is_plain_utf8(name))
        return "has bytes that are not plain UTF-8: controls, or code points that hide or reorder others";
    for (const Forbidden& forbidden : kForbidden)
        if (name.contains(forbidden.text))
            return forbidden.fault;
    if (name.ends_with('/') || name.ends_with('.') || name.ends_with(".lock"))
        return "ends in `/`, `.` or `.lock`";
    return std::nullopt;
}

}  // namespace anchorhold::egress
