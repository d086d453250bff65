#include "shield/message/origins.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>

#include "base/file.hpp"

namespace anchorhold {
namespace {

constexpr std::string_view kTried = "read anchorhold.console.origins";

bool host_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

// Nothing when it is well formed, else what is wrong.
std::optional<std::string_view> fault(std::string_view authority, std::string_view default_port) {
    const auto colon = authority.find(':');
    const auto host = authority.substr(0, colon);
    if (host.empty() || !std::ranges::all_of(host, host_letter))
        return "the host must be lower-case letters, digits, '-' and '.'";
    if (colon == std::string_view::npos)
        return std::nullopt;
    const auto port = authority.substr(colon + 1);
    unsigned number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc{} || end != port.data() + port.size() || number == 0 || number > 65535 || port[0] == '0')
        return "the port must be 1 to 65535";
    if (port == default_port)
        return "leave the scheme's own port out, as browsers do";
    return std::nullopt;
}

Result<Origin> parse_origin(std::string_view line, std::size_t number) {
    const auto where = "line " + std::to_string(number);
    for (const auto& [scheme, port] : {std::pair{"http://", "80"}, std::pair{"https://", "443"}}) {
        if (!line.starts_with(scheme))
            continue;
        const auto authority = line.substr(std::string_view(scheme).size());
        if (const auto wrong = fault(authority, port))
            return fail(kTried, where, 0, *wrong);
        return Origin{std::string(line), std::string(authority)};
    }
    return fail(kTried, where, 0, "an origin begins with http:// or https://");
}

}  // namespace

Result<std::vector<Origin>> parse_origins(std::string_view text) {
    std::vector<Origin> origins;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.empty())
            continue;
        auto origin = parse_origin(line, number);
        if (!origin)
            return std::unexpected(origin.error());
        origins.push_back(std::move(*origin));
    }
    if (origins.empty())
        return parse_origins(kDefaultOrigin);
    return origins;
}

Result<std::vector<Origin>> load_origins(const std::string& credentials) {
    const auto text = read_file(credentials + "/anchorhold.console.origins", 16UL * 1024);
    if (!text && text.error().number != ENOENT)
        return std::unexpected(text.error());
    return parse_origins(text ? *text : kDefaultOrigin);
}

}  // namespace anchorhold
