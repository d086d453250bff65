#include "shield/message/canonical_json.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace anchorhold {
namespace {

constexpr std::int64_t kSafe = (std::int64_t{1} << 53) - 1;

// RFC 8785 section 3.2.3 sorts by UTF-16 code units. UTF-8 bytes sort by code point, which differs only between
// U+E000..U+FFFF (EE, EF lead bytes) and the supplementary planes (F0 and up, surrogates D800..DFFF in UTF-16).
bool utf16_less(std::string_view a, std::string_view b) {
    const auto [x, y] = std::ranges::mismatch(a, b);
    if (x == a.end() || y == b.end())
        return y != b.end();
    const auto left = static_cast<unsigned char>(*x);
    const auto right = static_cast<unsigned char>(*y);
    const bool left_high = left >= 0xF0;
    const bool right_high = right >= 0xF0;
    if (left_high != right_high && (left_high ? right : left) >= 0xEE)
        return left_high;
    return left < right;
}

bool plain(char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

void write_escaped(std::string& out, char c) {
    constexpr std::string_view hex = "0123456789abcdef";
    switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\b':
            out += "\\b";
            break;
        case '\f':
            out += "\\f";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            out += "\\u00";
            out += hex[static_cast<unsigned char>(c) >> 4];
            out += hex[static_cast<unsigned char>(c) & 15];
    }
}

void write_text(std::string& out, std::string_view text) {
    out += '"';
    for (auto from = text.begin(); from != text.end();) {
        const auto to = std::find_if_not(from, text.end(), plain);
        out.append(from, to);
        from = to;
        if (from != text.end())
            write_escaped(out, *from++);
    }
    out += '"';
}

// Where the text goes, and which values are left out of it.
struct Writing {
    std::string& out;
    std::span<const json::value* const> open = {};
    std::vector<std::string>* pieces = nullptr;  // set when any is open
};

Result<> write_value(const Writing& to, const json::value& value);

Result<> write_object(const Writing& to, const json::object& object) {
    std::string& out = to.out;
    std::vector<const json::key_value_pair*> members;
    members.reserve(object.size());
    for (const auto& member : object)
        members.push_back(&member);
    const auto key = [](const auto* member) { return std::string_view(member->key()); };
    // What our processes tell each other is canonical already.
    if (!std::ranges::is_sorted(members, utf16_less, key))
        std::ranges::sort(members, utf16_less, key);
    out += '{';
    for (const auto* member : members) {
        if (member != members.front())
            out += ',';
        write_text(out, member->key());
        out += ':';
        if (auto ok = write_value(to, member->value()); !ok)
            return ok;
    }
    out += '}';
    return {};
}

Result<> write_value(const Writing& to, const json::value& value) {
    std::string& out = to.out;
    if (to.pieces != nullptr && std::ranges::contains(to.open, &value)) {
        to.pieces->push_back(std::exchange(out, {}));
        return {};
    }
    switch (value.kind()) {
        case json::kind::null:
            out += "null";
            return {};
        case json::kind::bool_:
            out += value.get_bool() ? "true" : "false";
            return {};
        case json::kind::string:
            write_text(out, value.get_string());
            return {};
        case json::kind::object:
            return write_object(to, value.get_object());
        case json::kind::array:
            out += '[';
            for (bool first = true; const auto& element : value.get_array()) {
                if (!std::exchange(first, false))
                    out += ',';
                if (auto ok = write_value(to, element); !ok)
                    return ok;
            }
            out += ']';
            return {};
        case json::kind::int64:
            if (value.get_int64() < -kSafe || value.get_int64() > kSafe)
                break;
            out += std::to_string(value.get_int64());
            return {};
        case json::kind::uint64:
            if (value.get_uint64() > static_cast<std::uint64_t>(kSafe))
                break;
            out += std::to_string(value.get_uint64());
            return {};
        case json::kind::double_:
            break;
    }
    return fail("write canonical JSON", "number", 0, "only integers within ±(2^53 - 1) have a canonical form here");
}

std::unexpected<Error> wrong_member(std::string_view name, std::string_view kind) {
    return fail("read JSON member", name, 0, std::string("missing or not ") + std::string(kind));
}

}  // namespace

Result<std::string> canonical(const json::value& value) {
    std::string out;
    if (auto ok = write_value({.out = out}, value); !ok)
        return std::unexpected(ok.error());
    return out;
}

Result<std::string> canonical(const json::object& object) {
    std::string out;
    if (auto ok = write_object({.out = out}, object); !ok)
        return std::unexpected(ok.error());
    return out;
}

Result<std::vector<std::string>> canonical_around(const json::value& value, std::span<const json::value* const> open) {
    std::string out;
    std::vector<std::string> pieces;
    if (auto ok = write_value({.out = out, .open = open, .pieces = &pieces}, value); !ok)
        return std::unexpected(ok.error());
    pieces.push_back(std::move(out));
    return pieces;
}

Result<> append_canonical(std::string& out, const json::value& value) {
    return write_value({.out = out}, value);
}

Result<json::value> parse_json(std::string_view text, const json::storage_ptr& memory) {
    json::parse_options options;
    options.max_depth = 32;
    boost::system::error_code problem;
    json::value value = json::parse(text, problem, memory, options);
    if (problem)
        return fail("parse JSON", "", 0, problem.message());
    return value;
}

Result<std::string_view> text_member(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_string())
        return wrong_member(name, "a string");
    return std::string_view(value->get_string());
}

Result<std::int64_t> integer_member(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_number())
        return wrong_member(name, "an integer");
    boost::system::error_code problem;
    const auto number = value->to_number<std::int64_t>(problem);
    if (problem)
        return wrong_member(name, "an integer");
    return number;
}

Result<const json::object*> object_member(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_object())
        return wrong_member(name, "an object");
    return &value->get_object();
}

Result<const json::array*> array_member(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_array())
        return wrong_member(name, "an array");
    return &value->get_array();
}

}  // namespace anchorhold
