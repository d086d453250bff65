#include "shield/egress/echo_forms.hpp"

#include <algorithm>
#include <span>
#include <string_view>

namespace anchorhold::egress {
namespace {

// Another spelling of one byte; the rest of a form stays as it is.
struct Spelling {
    char byte;
    std::string_view text;
};
// RFC 8259; PHP and older JavaScript write "\/", Go and Rails escape what HTML would take for markup.
constexpr Spelling kJson[] = {{'"', "\\\""}, {'\\', "\\\\"}};
constexpr Spelling kJsonSlash[] = {{'"', "\\\""}, {'\\', "\\\\"}, {'/', "\\/"}};
constexpr Spelling kJsonForHtml[] = {
    {'"', "\\\""}, {'\\', "\\\\"}, {'<', "\\u003c"}, {'>', "\\u003e"}, {'&', "\\u0026"}};
// HTML's named references, and the numbers of Python's html and Go's html/template.
constexpr Spelling kHtml[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#039;"}};
constexpr Spelling kHtmlPython[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#x27;"}};
constexpr Spelling kHtmlGo[] = {{'&', "&amp;"}, {'<', "&lt;"},   {'>', "&gt;"},
                                {'"', "&#34;"}, {'\'', "&#39;"}, {'+', "&#43;"}};
constexpr std::span<const Spelling> kSpellings[] = {kJson, kJsonSlash, kJsonForHtml, kHtml, kHtmlPython, kHtmlGo};

Secret spelled(const Secret& secret, std::span<const Spelling> spellings) {
    Secret out;
    for (const char c : secret) {
        const auto other = std::ranges::find(spellings, c, &Spelling::byte);
        append(out, other == spellings.end() ? std::string_view(&c, 1) : other->text);
    }
    return out;
}

// RFC 3986 section 2.3, and what an encoder leaves besides.
Secret percent_encoded(const Secret& secret, std::string_view left, std::string_view digits) {
    Secret out;
    for (const char c : secret) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (plain || std::string_view("-._~").contains(c) || left.contains(c)) {
            out.push_back(c);
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out.push_back('%');
        out.push_back(digits[byte >> 4U]);
        out.push_back(digits[byte & 0x0FU]);
    }
    return out;
}

// Behind `before` bytes of something else, of the base64 text only the characters made of the secret's bits alone.
Secret inner_base64(const Secret& secret, std::size_t before) {
    Secret plain(before, '\0');
    append(plain, view(secret));
    const Secret text = base64_of(plain);
    const std::size_t first = (before * 8 + 5) / 6;
    const std::size_t end = plain.size() * 8 / 6;
    Secret out;
    append(out, view(text).substr(first, end - first));
    return out;
}

void url_alphabet(Secret& base64) {
    std::ranges::replace(base64, '+', '-');
    std::ranges::replace(base64, '/', '_');
}

}  // namespace

std::vector<Secret> echo_forms(const Secret& secret) {
    std::vector<Secret> forms;
    const auto add = [&](Secret form) {
        if (!std::ranges::contains(forms, form))
            forms.push_back(std::move(form));
    };
    add(secret);
    for (std::size_t before = 0; before < 3; ++before) {
        Secret base64 = inner_base64(secret, before);
        add(base64);
        url_alphabet(base64);
        add(std::move(base64));
    }
    for (const std::string_view left : {"", "/", "!'()*"})  // encodeURIComponent leaves the last
        for (const std::string_view digits : {"0123456789ABCDEF", "0123456789abcdef"})
            add(percent_encoded(secret, left, digits));
    for (const auto spellings : kSpellings)
        add(spelled(secret, spellings));
    return forms;
}

}  // namespace anchorhold::egress
