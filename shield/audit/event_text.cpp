#include "shield/audit/event_text.hpp"

#include <cstdint>

namespace anchorhold::audit {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kCut = "…";

// Length of the well-formed sequence that `text` begins with (RFC 3629, section 4), 0 when there is none.
std::size_t sequence_length(std::string_view text) {
    const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0U; };
    const auto tail = [&](std::size_t i) { return at(i) >= 0x80 && at(i) <= 0xBF; };
    const unsigned lead = at(0);
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return tail(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
        const unsigned high = lead == 0xED ? 0x9F : 0xBF;
        return at(1) >= low && at(1) <= high && tail(2) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
        const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
        return at(1) >= low && at(1) <= high && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

}  // namespace

std::string clean_text(std::string_view text, std::size_t limit) {
    std::string out;
    std::size_t fits = 0;  // how much of `out` may stay when "…" must follow
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        const std::string_view piece = length == 0 ? kReplacement : text.substr(0, length);
        if (out.size() + piece.size() > limit) {
            out.resize(fits);
            return limit < kCut.size() ? std::string() : out.append(kCut);
        }
        out += piece;
        if (out.size() + kCut.size() <= limit)
            fits = out.size();
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

UrlParts split_url(std::string_view url) {
    UrlParts parts;
    url = url.substr(0, url.find_first_of("?#"));
    if (const auto colon = url.find("://"); colon != std::string_view::npos) {
        parts.scheme = url.substr(0, colon);
        url.remove_prefix(colon + 3);
    }
    const auto slash = url.find('/');
    std::string_view authority = url.substr(0, slash);
    parts.path = slash == std::string_view::npos ? std::string_view("/") : url.substr(slash);
    if (const auto at = authority.rfind('@'); at != std::string_view::npos)
        authority.remove_prefix(at + 1);
    const auto colon = authority.rfind(':');
    const auto bracket = authority.rfind(']');
    const bool has_port = colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    parts.host = has_port ? authority.substr(0, colon) : authority;
    parts.port = has_port ? authority.substr(colon + 1) : std::string_view();
    return parts;
}

}  // namespace anchorhold::audit
