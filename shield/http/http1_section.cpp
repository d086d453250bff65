#include "shield/http/http1_section.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/ascii.hpp"
#include "shield/http/http1_chars.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::uint64_t kMaxLength = INT64_MAX;
constexpr std::size_t kMaxConnectionOptions = 32;

Fault bad(const char* sentence, std::size_t offset) noexcept {
    return {400, sentence, offset};
}

// Calls `each` with every element of a comma-separated list (RFC 9110 section 5.6.1), empty ones left out.
template <class Each>
void for_each_element(std::string_view list, Each each) noexcept {
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        const std::string_view element = trim_ows(list.substr(0, comma));
        if (!element.empty())
            each(element);
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
}

const char* read_one_length(std::string_view value, std::uint64_t& length) noexcept {
    if (value.empty() || value.size() > 19)
        return "Content-Length is empty or beyond 2^63-1: send one decimal number";
    length = 0;
    for (const char c : value) {
        if (c < '0' || c > '9')
            return "Content-Length is not digits alone: send one decimal number";
        length = length * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return length > kMaxLength ? "Content-Length is beyond 2^63-1" : nullptr;
}

// Equal ones, in one field or several, are one (RFC 9110 section 8.6).
const char* read_length(std::string_view value, FieldFacts& facts) noexcept {
    while (true) {
        const std::size_t comma = value.find(',');
        std::uint64_t length = 0;
        if (const char* const wrong = read_one_length(trim_ows(value.substr(0, comma)), length))
            return wrong;
        if (facts.has_length && facts.length != length)
            return "Content-Length is there twice, with two values";
        facts.has_length = true;
        facts.length = length;
        if (comma == std::string_view::npos)
            return nullptr;
        value.remove_prefix(comma + 1);
    }
}

// White space to Unicode or Latin-1, which some servers cut off the ends of a value and others do not.
constexpr std::string_view kSpaces[] = {"\x85",         "\xa0",         "\xc2\x85",     "\xe1\x9a\x80", "\xe2\x80\x80",
                                        "\xe2\x80\x81", "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85",
                                        "\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a",
                                        "\xe2\x80\x8b", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f",
                                        "\xe3\x80\x80", "\xef\xbb\xbf", "\xc2\xa0"};

bool has_strippable_end(std::string_view value) noexcept {
    const auto high = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
    if (value.empty() || (!high(value.front()) && !high(value.back())))
        return false;
    return std::ranges::any_of(
        kSpaces, [&](std::string_view space) { return value.starts_with(space) || value.ends_with(space); });
}

// Whether the name with hyphens is that of a field which frames the message or ends here.
bool poses_as_framing(std::string_view name) noexcept {
    std::array<char, 32> hyphens{};
    if (name.size() > hyphens.size())
        return false;
    std::ranges::replace_copy(name, hyphens.begin(), '_', '-');
    const FieldId id = field_id({hyphens.data(), name.size()});
    return id != FieldId::other && field_row(id).fate != FieldFate::pass;
}

// Marks the fields that Connection names, and reads `close`.
const char* read_connection(FieldRules rules, MessageHead& head, FieldFacts& facts) noexcept {
    const char* wrong = nullptr;
    std::size_t options = 0;
    for (const Field& field : head.fields()) {
        if (field.id != FieldId::connection)
            continue;
        for_each_element(field.value, [&](std::string_view option) noexcept {
            if (++options > kMaxConnectionOptions || (common_flags(option) & kToken) == 0) {
                wrong = "Connection is not a short list of tokens";
            } else if (equal_ignoring_case(option, "close")) {
                facts.close = true;
            } else if (!equal_ignoring_case(option, "keep-alive")) {
                const FieldId id = field_id(option);
                const bool frames =
                    id == FieldId::host || id == FieldId::content_length || id == FieldId::transfer_encoding;
                if (frames && !rules.connection_may_name_framing)
                    wrong = "Connection names a field that frames the message";
                for (std::size_t i = 0; i < head.count_; ++i)
                    if (equal_ignoring_case(head.fields_[i].name, option))
                        head.fields_[i].named_by_connection = true;
            }
        });
        if (wrong != nullptr)
            return wrong;
    }
    return nullptr;
}

const char* read_transfer_encoding(std::string_view value, const MessageHead& head, FieldFacts& facts) noexcept {
    if (facts.chunked)
        return "Transfer-Encoding is there twice";
    if (head.minor_version == 0)
        return "HTTP/1.0 has no Transfer-Encoding";
    facts.chunked = equal_ignoring_case(value, "chunked");
    return nullptr;
}

}  // namespace

Scan scan_lines(std::string_view buffer, HeadLines& lines) noexcept {
    const char* const data = buffer.data();
    while (true) {
        const std::size_t start = lines.count == 0 ? 0 : lines.ends[lines.count - 1] + std::size_t{1};
        const std::size_t section = lines.count == 0 ? 0 : lines.ends[0] + std::size_t{1};
        const void* const found = lines.scanned < buffer.size()
                                      ? std::memchr(data + lines.scanned, '\n', buffer.size() - lines.scanned)
                                      : nullptr;
        const std::size_t at =
            found != nullptr ? static_cast<std::size_t>(static_cast<const char*>(found) - data) : buffer.size();
        if (lines.count == 0 && at - start > kMaxStartLine + 1)
            return {{414, "the first line is longer than 8192 bytes", kMaxStartLine}, 0};
        if (lines.count != 0 && at - section >= kMaxHeaderSection)
            return {{431, "the header section is longer than 65536 bytes", section + kMaxHeaderSection}, 0};
        if (found == nullptr) {
            lines.scanned = buffer.size();
            return {};
        }
        if (at == start || data[at - 1] != '\r')
            return {bad("a line ends in LF without CR before it", at), 0};
        if (at - start == 1) {
            if (lines.count == 0)
                return {bad("an empty line stands before the first line", 0), 0};
            return {{}, at + 1};
        }
        if (lines.count > kMaxFields)
            return {{431, "more than 200 header fields", start}, 0};
        lines.ends[lines.count++] = static_cast<std::uint32_t>(at);
        lines.scanned = at + 1;
    }
}

Fault read_version(std::string_view text, std::size_t offset, std::uint8_t& minor) noexcept {
    if (text == "HTTP/1.1") {
        minor = 1;
        return {};
    }
    if (text == "HTTP/1.0") {
        minor = 0;
        return {};
    }
    if (text.starts_with("HTTP/") && text.size() == 8)
        return {505, "the version is neither HTTP/1.1 nor HTTP/1.0", offset};
    return {400, "the first line does not have an HTTP version where it belongs", offset};
}

Fault read_fields(std::string_view buffer, const HeadLines& lines, FieldRules rules, MessageHead& head,
                  FieldFacts& facts) noexcept {
    const char* const data = buffer.data();
    const std::size_t count = lines.count - 1;
    head.count_ = 0;
    bool has_connection = false;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t start = lines.ends[i] + std::size_t{1};
        const char* const begin = data + start;
        const char* const end = data + lines.ends[i + 1] - 1;
        const char* at = begin;
        std::uint8_t seen = 0;
        while (at != end && is_char(*at, kToken))
            seen |= kChars[static_cast<unsigned char>(*at++)];
        if (at == begin && (*at == ' ' || *at == '\t'))
            return bad("a header line begins with white space (obs-fold)", start);
        if (at == begin)
            return bad("a header line has no field name", start);
        if (at == end || *at != ':')
            return bad(at != end && (*at == ' ' || *at == '\t') ? "white space between field name and colon"
                                                                : "a field name is not a token followed by a colon",
                       static_cast<std::size_t>(at - data));
        Field& field = head.fields_[i];
        field.name = {begin, static_cast<std::size_t>(at - begin)};
        field.value = trim_ows({at + 1, static_cast<std::size_t>(end - at - 1)});
        if (!is_field_value(field.value))
            return bad("a field value has a control character", static_cast<std::size_t>(at + 1 - data));
        if (rules.strict_fields && has_strippable_end(field.value))
            return bad("a field value begins or ends with bytes that some servers cut off as white space",
                       static_cast<std::size_t>(at + 1 - data));
        if ((seen & kUnderscore) != 0) {
            if (rules.strict_fields && poses_as_framing(field.name))
                return bad(
                    "a field name has an underscore, which some servers read as the hyphen of a field that ends "
                    "here",
                    start);
            if (facts.underscored.empty())
                facts.underscored = field.name;
        }
        field.id = field_id(field.name);
        field.named_by_connection = false;
        head.count_ = i + 1;

        const char* wrong = nullptr;
        switch (field.id) {
            case FieldId::content_length:
                wrong = read_length(field.value, facts);
                break;
            case FieldId::transfer_encoding:
                wrong = read_transfer_encoding(field.value, head, facts);
                if (wrong == nullptr && !facts.chunked)
                    return {501, "Transfer-Encoding is not exactly one `chunked`", start};
                break;
            case FieldId::connection:
                has_connection = true;
                break;
            case FieldId::host:
                facts.hosts = facts.hosts == 0 ? 1 : 2;
                facts.host = &field;
                break;
            default:
                break;
        }
        if (wrong != nullptr)
            return bad(wrong, start);
    }
    if (facts.chunked && facts.has_length)
        return bad("both Content-Length and Transfer-Encoding: the body's end is ambiguous",
                   lines.ends[0] + std::size_t{1});
    if (has_connection)
        if (const char* const wrong = read_connection(rules, head, facts))
            return bad(wrong, lines.ends[0] + std::size_t{1});
    return {};
}

const Field* MessageHead::find(FieldId id) const noexcept {
    for (const Field& field : fields())
        if (field.id == id)
            return &field;
    return nullptr;
}

const Field* MessageHead::find(std::string_view name) const noexcept {
    for (const Field& field : fields())
        if (equal_ignoring_case(field.name, name))
            return &field;
    return nullptr;
}

std::size_t MessageHead::count(FieldId id) const noexcept {
    std::size_t found = 0;
    for (const Field& field : fields())
        found += field.id == id ? 1U : 0U;
    return found;
}

}  // namespace anchorhold::egress
