#include "init/credentials/credential.hpp"

#include <string.h>

#include <algorithm>
#include <cerrno>

namespace anchorhold::init {
namespace {

constexpr std::size_t kHeader = 5;  // type, length, handle (2 bytes), number of strings
constexpr std::uint8_t kOemStrings = 11;
constexpr std::string_view kText = "io.systemd.credential:";
constexpr std::string_view kBinary = "io.systemd.credential.binary:";

std::string shown(std::string_view name) {
    std::string out(name.substr(0, 64));
    std::ranges::replace_if(out, [](char c) { return c < ' ' || c > '~'; }, '?');
    return out;
}

Result<Credential> parse_one(std::string_view entry, bool binary, std::string_view where) {
    const auto equals = entry.find('=');
    const auto name = entry.substr(0, equals);
    const std::string object = std::string(where) + ": " + shown(name);
    if (equals == std::string_view::npos)
        return fail("import credential", object, EINVAL, "there is no '=' after the name");
    if (!valid_credential_name(name))
        return fail("import credential", object, EINVAL, "a name is 1 to 255 letters, digits, '.', '_' or '-'");
    const auto text = entry.substr(equals + 1);
    if (text.size() > kMaxCredentialBytes)
        return fail("import credential", object, EFBIG, "at most 1 MiB");
    if (!binary)
        return Credential{.name = std::string(name), .value = Bytes(text.begin(), text.end())};
    auto value = from_base64(text);
    if (!value)
        return fail("import credential", object, EINVAL, "the value is not base64 (padded, without white space)");
    return Credential{.name = std::string(name), .value = std::move(*value)};
}

}  // namespace

bool valid_credential_name(std::string_view name) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    };
    return !name.empty() && name.size() <= 255 && name.front() != '.' && std::ranges::all_of(name, allowed);
}

Found parse_smbios_strings(ByteView raw, std::string_view where) {
    Found found;
    if (raw.size() < kHeader || raw[0] != kOemStrings || raw[1] < kHeader || raw[1] > raw.size()) {
        found.malformed.push_back(
            Error{"read SMBIOS type 11", std::string(where), EBADMSG, "cut off, or of another type"});
        return found;
    }
    std::string_view rest = as_text(raw.subspan(raw[1]));
    for (unsigned left = raw[4]; left > 0 && !rest.empty(); --left) {
        const auto end = rest.find('\0');
        if (end == std::string_view::npos) {
            found.malformed.push_back(Error{"read SMBIOS type 11", std::string(where), EBADMSG, "a string has no end"});
            break;
        }
        const auto entry = rest.substr(0, end);
        rest.remove_prefix(end + 1);
        const bool binary = entry.starts_with(kBinary);
        if (!binary && !entry.starts_with(kText))
            continue;
        auto one = parse_one(entry.substr(binary ? kBinary.size() : kText.size()), binary, where);
        if (one)
            found.credentials.push_back(std::move(*one));
        else
            found.malformed.push_back(std::move(one.error()));
    }
    return found;
}

Credentials::~Credentials() {
    for (auto& [name, value] : values_)
        explicit_bzero(value.data(), value.size());
}

bool Credentials::add(Credential credential) {
    return values_.emplace(std::move(credential.name), std::move(credential.value)).second;
}

const Bytes* Credentials::find(std::string_view name) const {
    const auto at = values_.find(name);
    return at == values_.end() ? nullptr : &at->second;
}

std::string Credentials::text(std::string_view name) const {
    const Bytes* value = find(name);
    return value == nullptr ? std::string() : std::string(as_text(*value));
}

void Credentials::forget(std::string_view name) {
    const auto at = values_.find(name);
    if (at == values_.end())
        return;
    explicit_bzero(at->second.data(), at->second.size());
    values_.erase(at);
}

}  // namespace anchorhold::init
