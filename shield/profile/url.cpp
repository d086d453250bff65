#include "shield/profile/url.hpp"

#include <algorithm>
#include <charconv>

namespace anchorhold::profile {
namespace {

std::unexpected<std::string> no(std::string_view why) {
    return std::unexpected(std::string(why));
}

bool read_port(std::string_view text, std::uint16_t& port) {
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
    return problem == std::errc{} && end == text.data() + text.size() && port != 0;
}

}  // namespace

std::expected<Url, std::string> read_url(std::string_view text) {
    Url url;
    if (text.size() > kMaxUrl)
        return no("is longer than 8 KiB");
    if (text.starts_with("https://"))
        text.remove_prefix(8);
    else if (text.starts_with("http://")) {
        text.remove_prefix(7);
        url.port = 80;
    } else {
        return no("starts with neither https:// nor http://");
    }
    const std::size_t hash = std::min(text.find('#'), text.size());
    url.fragment = text.substr(std::min(hash + 1, text.size()));
    text = text.substr(0, hash);
    const std::size_t end = std::min(text.find_first_of("/?"), text.size());
    std::string_view authority = text.substr(0, end);
    url.target = text.substr(end);
    if (!url.target.starts_with('/'))
        url.target.insert(0, "/");
    if (authority.contains('@'))
        return no("has a user in it, which no rule can match");
    if (authority.contains('['))
        return no("has an address instead of a name, which no rule can match");
    if (const std::size_t colon = authority.find(':'); colon != authority.npos) {
        if (!read_port(authority.substr(colon + 1), url.port))
            return no("has no valid port");
        authority = authority.substr(0, colon);
    }
    if (authority.empty())
        return no("has no host");
    url.host = authority;
    return url;
}

}  // namespace anchorhold::profile
