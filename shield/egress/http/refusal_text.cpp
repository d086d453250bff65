#include "shield/egress/http/refusal_text.hpp"

namespace anchorhold::egress {

std::string refusal_text(std::string_view reason, std::string_view url) {
    std::string text = "anchorhold: ";
    text += reason;
    text += ".\nTo see what the profile says about it: hold why ";
    text += url;
    text += '\n';
    return text;
}

std::string refusal_phrase(std::string_view reason) {
    constexpr std::size_t most = 200;
    constexpr std::string_view more = "...";
    std::string line = "anchorhold: ";
    for (const char c : reason) {
        // Bytes that continue a UTF-8 character say nothing more than its first one does here.
        if ((static_cast<unsigned char>(c) & 0xc0) == 0x80)
            continue;
        line += c == '\n' || c == '\t' ? ' ' : c >= ' ' && c <= '~' ? c : '?';
    }
    if (line.size() > most)
        line.replace(most - more.size(), std::string::npos, more);
    return line;
}

}  // namespace anchorhold::egress
