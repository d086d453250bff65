#include "shield/passkey/credential_json.hpp"

namespace anchorhold::passkey {
namespace {

constexpr std::size_t kMaxBytes = 64UL * 1024;

std::unexpected<Error> malformed(std::string_view member, std::string_view detail) {
    return fail("read credential", member, 0, detail);
}

}  // namespace

Result<Bytes> bytes_member(const json::object& response, std::string_view name) {
    const auto text = text_member(response, name);
    if (!text)
        return std::unexpected(text.error());
    if (text->size() > kMaxBytes)
        return malformed(name, "it is longer than 64 KiB");
    auto bytes = from_base64url(*text);
    if (!bytes)
        return malformed(name, "it is not base64url");
    return std::move(*bytes);
}

Result<std::optional<Bytes>> optional_bytes_member(const json::object& response, std::string_view name) {
    const auto* value = response.if_contains(name);
    if (value == nullptr || value->is_null())
        return std::optional<Bytes>{};
    auto bytes = bytes_member(response, name);
    if (!bytes)
        return std::unexpected(bytes.error());
    return std::optional(std::move(*bytes));
}

Result<CredentialJson> read_credential_json(const json::object& credential) {
    auto id = bytes_member(credential, "id");
    const auto raw = bytes_member(credential, "rawId");
    const auto type = text_member(credential, "type");
    const auto response = object_member(credential, "response");
    if (!id || !raw)
        return std::unexpected((!id ? id : raw).error());
    if (!type || !response)
        return std::unexpected(!type ? type.error() : response.error());
    if (*id != *raw)
        return malformed("rawId", "it differs from id");
    if (*type != "public-key")
        return malformed("type", "it is not \"public-key\"");
    return CredentialJson{std::move(*id), *response};
}

}  // namespace anchorhold::passkey
