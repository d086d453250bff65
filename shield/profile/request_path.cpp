#include "shield/profile/request_path.hpp"

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

// The byte of the escape at `at`, or -1.
int escaped(std::string_view text, std::size_t at) {
    const int high = at + 2 < text.size() ? hex_value(text[at + 1]) : -1;
    const int low = at + 2 < text.size() ? hex_value(text[at + 2]) : -1;
    return high < 0 || low < 0 ? -1 : high * 16 + low;
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

std::unexpected<std::string> no(std::string_view why) {
    return std::unexpected(std::string(why));
}

}  // namespace

std::expected<std::string, std::string> decoded_path(std::string_view target) {
    if (!target.starts_with('/'))
        return no("the target is not a path");
    const std::string_view raw = target.substr(0, target.find('?'));
    std::string path;
    path.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] != '%') {
            if (const std::string_view fault = fault_of_raw(static_cast<unsigned char>(raw[i])); !fault.empty())
                return no(fault);
            path.push_back(raw[i]);
            continue;
        }
        const int byte = escaped(raw, i);
        i += 2;
        if (byte < 0)
            return no("the path has a broken percent escape");
        if (byte < 0x20 || byte == 0x7f)
            return no(byte == 0 ? "the path has an encoded null byte (%00)"
                                : "the path has an encoded control character");
        if (byte == '/')
            path += "%2F";
        else
            path.push_back(static_cast<char>(byte));
    }
    return path;
}

std::string decoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int byte = text[i] == '%' ? escaped(text, i) : -1;
        out.push_back(byte < 0 ? text[i] : static_cast<char>(byte));
        i += byte < 0 ? 0 : 2;
    }
    return out;
}

}  // namespace anchorhold::profile
