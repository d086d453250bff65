#include "shield/gate/origins.hpp"

#include <algorithm>
#include <cerrno>

#include "base/file.hpp"

namespace anchorhold::gate {
namespace {

constexpr std::size_t kMost = 64UL * 1024;

bool is_origin(std::string_view text) {
    const std::size_t scheme = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
    return scheme != 0 && text.size() > scheme && std::ranges::all_of(text.substr(scheme), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':';
           });
}

}  // namespace

Result<std::vector<std::string>> parse_origins(std::string_view text) {
    std::vector<std::string> origins;
    for (std::size_t line = 1; !text.empty(); ++line) {
        const auto end = std::min(text.find('\n'), text.size());
        std::string_view origin = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (origin.ends_with('\r'))
            origin.remove_suffix(1);
        if (origin.empty())
            continue;
        if (!is_origin(origin))
            return fail("read anchorhold.console.origins", "line " + std::to_string(line), 0,
                        "write scheme, host and port as in http://anchor.shield.localhost:8711, in lower case");
        origins.emplace_back(origin);
    }
    if (origins.empty())
        origins.emplace_back(kDefaultOrigin);
    return origins;
}

Result<std::vector<std::string>> load_origins(const std::string& credentials) {
    const auto text = read_file(credentials + "/anchorhold.console.origins", kMost);
    if (!text && text.error().number != ENOENT)
        return std::unexpected(text.error());
    return parse_origins(text ? *text : std::string_view());
}

}  // namespace anchorhold::gate
