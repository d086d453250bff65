#include "shield/profile/allowed_signers.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "shield/profile/ssh_key.hpp"

namespace anchorhold::profile {
namespace {

constexpr std::size_t kMaxText = 256UL * 1024;

std::unexpected<Error> wrong(std::size_t line, std::string_view detail) {
    return fail("read allowed signers", "line " + std::to_string(line), 0, detail);
}

// The next field; blanks inside double quotes belong to it (sshd's way of reading options).
std::string_view next_field(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    std::size_t end = 0;
    for (bool inside = false; end < rest.size() && (inside || (rest[end] != ' ' && rest[end] != '\t')); ++end)
        if (rest[end] == '"')
            inside = !inside;
    const std::string_view field = rest.substr(0, end);
    rest.remove_prefix(end);
    return field;
}

std::optional<int> digits(std::string_view text) {
    int value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9')
            return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return value;
}

// YYYYMMDD[Z] or YYYYMMDDHHMM[SS][Z].
std::optional<std::chrono::sys_seconds> moment(std::string_view text) {
    if (text.ends_with('Z'))
        text.remove_suffix(1);
    if (text.size() != 8 && text.size() != 12 && text.size() != 14)
        return std::nullopt;
    std::string padded(text);
    padded.resize(14, '0');
    const auto part = [&](std::size_t at, std::size_t length) {
        return digits(std::string_view(padded).substr(at, length)).value_or(-1);
    };
    using namespace std::chrono;
    const int month_number = part(4, 2);
    const int day_number = part(6, 2);
    if (part(0, 4) < 1970 || month_number < 0 || day_number < 0)
        return std::nullopt;
    const year_month_day date =
        year{part(0, 4)} / month{static_cast<unsigned>(month_number)} / day{static_cast<unsigned>(day_number)};
    const int h = part(8, 2);
    const int m = part(10, 2);
    const int s = part(12, 2);
    if (!date.ok() || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59)
        return std::nullopt;
    return sys_days{date} + hours{h} + minutes{m} + seconds{s};
}

// Takes `name="value"` apart; nothing when it is not of that form.
std::optional<std::string_view> quoted_value(std::string_view option) {
    const std::size_t equals = option.find('=');
    if (equals == std::string_view::npos)
        return std::nullopt;
    std::string_view value = option.substr(equals + 1);
    if (value.size() < 2 || !value.starts_with('"') || !value.ends_with('"'))
        return std::nullopt;
    value = value.substr(1, value.size() - 2);
    return value.empty() || value.contains('"') || value.contains('\\') ? std::nullopt : std::optional(value);
}

std::vector<std::string_view> split(std::string_view text, bool heed_quotes) {
    std::vector<std::string_view> out;
    std::size_t start = 0;
    bool inside = false;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        if (i < text.size() && text[i] == '"' && heed_quotes)
            inside = !inside;
        if (i == text.size() || (text[i] == ',' && !inside)) {
            out.push_back(text.substr(start, i - start));
            start = i + 1;
        }
    }
    return out;
}

Result<> read_name_spaces(Signer& signer, std::string_view value) {
    if (!signer.name_spaces.empty())
        return wrong(signer.line, "namespaces is there twice");
    for (const std::string_view name : split(value, false)) {
        if (name.empty() || (name != "*" && name.find_first_of("*?!") != std::string_view::npos))
            return wrong(signer.line,
                         "namespaces takes whole names or *, no patterns: namespaces=\"anchorhold-profile\"");
        signer.name_spaces.emplace_back(name);
    }
    return {};
}

Result<> read_moment(const Signer& signer, std::string_view name, std::string_view value,
                     std::optional<std::chrono::sys_seconds>& into) {
    if (into)
        return wrong(signer.line, std::string(name) + " is there twice");
    into = moment(value);
    if (!into)
        return wrong(signer.line, std::string(name) + " is no time; write \"YYYYMMDDZ\" or \"YYYYMMDDHHMM[SS]Z\"");
    return {};
}

Result<> read_option(Signer& signer, std::string_view option) {
    const std::string name = lower(option.substr(0, option.find('=')));
    if (name == "cert-authority")
        return wrong(signer.line, "cert-authority is not supported yet; list the signers' own keys");
    if (name != "namespaces" && name != "valid-after" && name != "valid-before")
        return wrong(signer.line, "unknown option; known: namespaces, valid-after, valid-before");
    const auto value = quoted_value(option);
    if (!value)
        return wrong(signer.line, name + " needs a value between double quotes");
    if (name == "namespaces")
        return read_name_spaces(signer, *value);
    return read_moment(signer, name, *value, name == "valid-after" ? signer.valid_after : signer.valid_before);
}

Result<Signer> read_line(std::string_view text, std::size_t number) {
    Signer signer;
    signer.line = number;
    const std::string_view principals = next_field(text);
    std::string_view field = next_field(text);
    if (principals.contains('"'))
        return wrong(number, "principals between quotes are not supported; write them bare, with commas");
    signer.principals = principals;
    // Only options have = or are cert-authority; what is neither is the key's type.
    if (field.contains('=') || lower(field).starts_with("cert-authority")) {
        for (const std::string_view option : split(field, true))
            if (const auto read = read_option(signer, option); !read)
                return std::unexpected(read.error());
        field = next_field(text);
    }
    if (signer.valid_after && signer.valid_before && *signer.valid_after >= *signer.valid_before)
        return wrong(number, "valid-after is not before valid-before");
    auto wire = from_base64(next_field(text));
    if (field.empty() || !wire || wire->empty())
        return wrong(number, "expected: principals [options] key-type base64-key [comment]");
    const auto key = read_ssh_key(*wire);
    if (!key)
        return wrong(number, key.error().text());
    if (key->type != field)
        return wrong(number, "says another type of key than the key itself: " + key->type);
    signer.key_type = key->type;
    signer.public_key = std::move(*wire);
    return signer;
}

}  // namespace

Result<std::vector<Signer>> parse_allowed_signers(std::string_view text) {
    if (text.size() > kMaxText)
        return fail("read allowed signers", "file", 0, "larger than 256 KiB");
    std::vector<Signer> signers;
    std::size_t number = 0;
    while (!text.empty()) {
        ++number;
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (const std::size_t first = line.find_first_not_of(" \t");
            first == std::string_view::npos || line[first] == '#')
            continue;
        if (line.contains('\0'))
            return wrong(number, "has a null byte");
        auto signer = read_line(line, number);
        if (!signer)
            return std::unexpected(signer.error());
        signers.push_back(std::move(*signer));
    }
    return signers;
}

}  // namespace anchorhold::profile
