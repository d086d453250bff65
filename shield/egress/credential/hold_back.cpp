#include "shield/egress/credential/hold_back.hpp"

#include <algorithm>

namespace anchorhold::egress {
namespace {

constexpr std::size_t kLineOfBase64 = 40;

bool visible(char c) {
    return (c > ' ' && c < '\x7f') || c == '\0';
}

bool in_base64(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
           c == '-' || c == '_';
}

// Before an indented line (LDIF, YAML) and at a line's end.
void drop_blanks(std::string_view& text) {
    while (text.ends_with(' ') || text.ends_with('\t'))
        text.remove_suffix(1);
}

bool goes_on(std::string_view line) {
    return line.ends_with('=') ||
           (line.size() >= kLineOfBase64 && std::ranges::all_of(line.substr(line.size() - kLineOfBase64), in_base64));
}

}  // namespace

std::size_t held_back(std::string_view text, std::size_t known) {
    std::size_t begin = text.size();
    for (;;) {
        while (begin > known && visible(text[begin - 1]))
            --begin;
        if (begin <= known) {
            begin = 0;
            break;
        }
        std::string_view before = text.substr(0, begin);
        // Blanks and one line break, which may themselves come in pieces.
        drop_blanks(before);
        if (before.ends_with('\n') || before.ends_with('\r')) {
            before.remove_suffix(before.ends_with("\r\n") ? 2 : 1);
            drop_blanks(before);
        }
        if (!goes_on(before))
            break;
        begin = before.size();
    }
    const std::size_t run = text.size() - begin;
    return run > 2 * kMaxHeldBack ? kMaxHeldBack : run;
}

}  // namespace anchorhold::egress
