#include "shield/profile/request_path.hpp"

#include <algorithm>

#include "base/controls.hpp"
#include "base/utf8.hpp"

namespace anchorhold::profile {
namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

std::string_view fault_of_raw(unsigned char c) {
    if (c == '\\')
        return "the path has a backslash";
    if (c == '#')
        return "the target has a fragment";
    if (c <= 0x20 || c >= 0x7f)
        return "the path has a byte that must be percent-encoded";
    return {};
}

std::string_view fault_of_decoded(unsigned char c) {
    if (guard_off("readings"))
        return {};
    switch (c) {
        case '.':
            return "the path has an encoded dot (%2e)";
        case '/':
            return "the path has an encoded slash (%2f)";
        case '\\':
            return "the path has an encoded backslash (%5c)";
        case '%':
            return "the path is encoded twice (%25)";
        case 0:
            return "the path has an encoded null byte (%00)";
        default:
            return c < 0x20 || c == 0x7f ? "the path has an encoded control character" : std::string_view{};
    }
}

std::string_view fault_of_segments(std::string_view path) {
    if (guard_off("readings"))
        return {};
    for (std::size_t start = 1; start <= path.size();) {
        const std::size_t end = std::min(path.find('/', start), path.size());
        const std::string_view segment = path.substr(start, end - start);
        // Servlet containers cut ";…" off before they resolve dot segments and empty ones.
        const std::string_view bare = segment.substr(0, segment.find(';'));
        if (bare.empty() && end != path.size())
            return segment.empty() ? "the path has an empty segment (//)"
                                   : "the path has a segment of parameters only (/;)";
        if (bare == "." || bare == "..")
            return "the path has a dot segment";
        start = end + 1;
    }
    return {};
}

std::unexpected<std::string> no(std::string_view why) {
    return std::unexpected(std::string(why));
}

}  // namespace

std::expected<std::string, std::string> canonical_path(std::string_view target, std::string_view encoded_slash) {
    if (!target.starts_with('/'))
        return no("the target is not a path");
    const std::string_view raw = target.substr(0, target.find('?'));
    std::string path;
    path.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
        auto c = static_cast<unsigned char>(raw[i]);
        std::string_view fault;
        if (c == '%') {
            const int high = i + 2 < raw.size() ? hex_value(raw[i + 1]) : -1;
            const int low = i + 2 < raw.size() ? hex_value(raw[i + 2]) : -1;
            if (high < 0 || low < 0)
                return no("the path has a broken percent escape");
            c = static_cast<unsigned char>(high * 16 + low);
            i += 2;
            if (c == '/' && !encoded_slash.empty()) {
                path += encoded_slash;
                continue;
            }
            fault = fault_of_decoded(c);
        } else {
            fault = fault_of_raw(c);
        }
        if (!fault.empty())
            return no(fault);
        path.push_back(static_cast<char>(c));
    }
    if (const std::string_view fault = fault_of_segments(path); !fault.empty())
        return no(fault);
    if (!valid_utf8(path))
        return no("the path is not UTF-8");
    return path;
}

std::string without_parameters(std::string_view path) {
    std::string out;
    out.reserve(path.size());
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/', 1), path.size());
        const std::string_view segment = path.substr(0, end);
        out += segment.substr(0, segment.find(';'));
        path.remove_prefix(end);
    }
    return out;
}

}  // namespace anchorhold::profile
