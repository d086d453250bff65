#include "shield/profile/names.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace anchorhold::profile {
namespace {

bool lower_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

std::string_view fault_of_label(std::string_view label) {
    if (label.empty())
        return "has an empty label";
    if (label.size() > 63)
        return "has a label longer than 63 bytes";
    if (label.front() == '-' || label.back() == '-')
        return "has a label that starts or ends with a hyphen";
    if (!std::ranges::all_of(label, [](char c) { return lower_or_digit(c) || c == '-'; }))
        return "has a character other than letters, digits, hyphens and dots";
    return {};
}

}  // namespace

std::expected<std::string, std::string> canonical_host(std::string_view name) {
    if (name.contains('\0'))
        return std::unexpected("has a null byte");
    if (std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
        return std::unexpected("is not ASCII; write it in punycode (xn--…)");
    if (name.ends_with('.'))
        name.remove_suffix(1);
    if (name.empty())
        return std::unexpected("is empty");
    if (name.size() > 253)
        return std::unexpected("is longer than 253 bytes");

    std::string host = lower(name);
    std::string_view last;
    for (std::size_t start = 0; start <= host.size();) {
        const std::size_t end = std::min(host.find('.', start), host.size());
        last = std::string_view(host).substr(start, end - start);
        if (const std::string_view fault = fault_of_label(last); !fault.empty())
            return std::unexpected(std::string(fault));
        start = end + 1;
    }
    // inet_aton(3) reads 127.1, 0x7f.1 and 2130706433 as addresses; no real name ends so.
    const bool hex = last.starts_with("0x") && last.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos;
    if (hex || last.find_first_not_of("0123456789") == std::string_view::npos)
        return std::unexpected("is an address; only names can be listed");
    if (last == "localhost")
        return std::unexpected("is the workstation itself");
    return host;
}

bool valid_identifier(std::string_view name) {
    return !name.empty() && name.size() <= 64 && lower_or_digit(name.front()) &&
           std::ranges::all_of(name, [](char c) { return lower_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace anchorhold::profile
