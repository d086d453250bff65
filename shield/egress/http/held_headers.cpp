#include "shield/egress/http/held_headers.hpp"

#include <algorithm>
#include <cerrno>

#include "base/ascii.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::size_t kMaxHeldFields = 48;
constexpr std::size_t kMaxBytes = 8UL * 1024;

bool can_be_shown(std::string_view value) {
    return std::ranges::all_of(value, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

Attempt<json::array> held_headers(const RequestHead& head, const Rewrite& rewrite) {
    json::array headers;
    std::size_t bytes = 0;
    for (const Field& field : head.fields()) {
        if (!goes_on(field, rewrite))
            continue;
        if (!can_be_shown(field.value))
            return fail(FailureKind::not_presentable, "show field", field.name, EBADMSG,
                        "header field " + std::string(field.name) + " has bytes that a person cannot be shown");
        bytes += field.name.size() + field.value.size();
        headers.push_back(json::object{{"name", lower(field.name)}, {"value", field.value}});
    }
    if (headers.size() > kMaxHeldFields || bytes > kMaxBytes)
        return fail(FailureKind::not_presentable, "show fields of", head.target, E2BIG,
                    "more header fields than a person can judge: at most 48 and 8 KiB of them");
    return headers;
}

}  // namespace anchorhold::egress
