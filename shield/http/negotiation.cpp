#include "shield/http/negotiation.hpp"

#include <algorithm>
#include <array>
#include <ranges>

#include "base/ascii.hpp"

namespace anchorhold::egress {
namespace {

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    return first == text.npos ? std::string_view{} : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Those in which a text of ASCII is the same bytes; none at all is read as one of them. Not those that switch
// (ISO-2022, HZ, UTF-7), are wide (UTF-16) or EBCDIC.
bool like_ascii(std::string_view charset) {
    constexpr std::string_view known[] = {"",          "utf-8",  "utf8",    "us-ascii",   "ascii",      "binary",
                                          "gbk",       "gb2312", "gb18030", "big5",       "big5-hkscs", "shift_jis",
                                          "shift-jis", "sjis",   "x-sjis",  "windows-31j"};
    constexpr std::string_view families[] = {"iso-8859-", "iso8859-", "iso_8859-", "windows-125", "cp125",
                                             "euc-",      "koi8-",    "latin-",    "latin"};
    const auto is_one_of = [&](std::string_view family) {
        return charset.starts_with(family) && charset.size() > family.size();
    };
    return std::ranges::contains(known, charset) || std::ranges::any_of(families, is_one_of);
}

}  // namespace

bool negotiates(std::string_view name) noexcept {
    constexpr std::size_t longest = 256;
    if (name.size() > longest)
        return true;
    std::array<char, longest> room;
    std::ranges::transform(name, room.begin(), [](char c) { return lower(c); });
    const std::string_view text(room.data(), name.size());
    if (text == "accept" || text == "accept-language" || text == "accept-version" || text.contains("content-"))
        return false;
    return text == "te" || text == "im" || text == "a-im" || text.starts_with("accept") || text.starts_with("want-") ||
           text.contains("range") || text.contains("encoding") || text.contains("charset");
}

Coding coding_of(const MessageHead& head) noexcept {
    Coding all = Coding::identity;
    for (const Field& field : head.fields()) {
        if (field.id != FieldId::content_encoding)
            continue;
        for (const auto part : std::views::split(field.value, ',')) {
            const std::string_view coding = trimmed(std::string_view(part));
            if (coding.empty() || equal_ignoring_case(coding, "identity"))
                continue;
            const bool known = equal_ignoring_case(coding, "gzip") || equal_ignoring_case(coding, "x-gzip") ||
                               equal_ignoring_case(coding, "deflate");
            all = known && all == Coding::identity ? Coding::deflated : Coding::other;
        }
    }
    return all;
}

std::optional<std::string> foreign_charset(const MessageHead& head) {
    for (const Field& field : head.fields()) {
        if (field.id != FieldId::content_type)
            continue;
        const std::string type = lower(field.value);
        for (std::size_t at = type.find("charset"); at != type.npos; at = type.find("charset", at + 1)) {
            std::string_view rest = trimmed(std::string_view(type).substr(at + std::string_view("charset").size()));
            if (!rest.starts_with('='))
                continue;
            rest = trimmed(rest.substr(1));
            if (rest.starts_with('"') || rest.starts_with('\''))
                rest.remove_prefix(1);
            const std::string_view charset = rest.substr(0, rest.find_first_of("\"'; ,\t"));
            if (!like_ascii(charset))
                return std::string(charset);
        }
    }
    return std::nullopt;
}

}  // namespace anchorhold::egress
