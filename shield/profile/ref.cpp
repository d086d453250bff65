#include "shield/profile/ref.hpp"

#include <array>

#include "base/utf8.hpp"

namespace anchorhold::profile {
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

const char* fault_of_whole(std::string_view name) {
    constexpr std::string_view kRoot = "refs/";
    if (name.size() > kMaxRef)
        return "is longer than 1024 bytes";
    if (name.starts_with('-'))
        return "begins with `-`, which tools read as an option";
    if (!name.starts_with(kRoot))
        return "does not begin with `refs/`";
    if (!name.substr(kRoot.size()).contains('/'))
        return "has only one part behind `refs/`";
    if (name.ends_with('/') || name.ends_with('.') || name.ends_with(".lock"))
        return "ends in `/`, `.` or `.lock`";
    return nullptr;
}

}  // namespace

std::optional<std::string> ref_fault(std::string_view name) {
    if (const char* const fault = fault_of_whole(name))
        return fault;
    if (!plain_utf8(name))
        return "has bytes that are not plain UTF-8: controls, or code points that hide or reorder others";
    for (const Forbidden& forbidden : kForbidden)
        if (name.contains(forbidden.text))
            return forbidden.fault;
    return std::nullopt;
}

std::string_view to_text(UpdateKind kind) {
    return std::array<std::string_view, 3>{"create", "update", "delete"}.at(static_cast<std::size_t>(kind));
}

std::optional<UpdateKind> update_kind(std::string_view old_id, std::string_view new_id) {
    const auto well_formed = [](std::string_view id) {
        return (id.size() == 40 || id.size() == 64) &&
               id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    };
    if (!well_formed(old_id) || !well_formed(new_id) || old_id.size() != new_id.size())
        return std::nullopt;
    const bool from_none = old_id.find_first_not_of('0') == std::string_view::npos;
    const bool to_none = new_id.find_first_not_of('0') == std::string_view::npos;
    if (from_none && to_none)
        return std::nullopt;
    return from_none ? UpdateKind::create : to_none ? UpdateKind::remove : UpdateKind::update;
}

}  // namespace anchorhold::profile
