// What create() and get() hand to a page, as PublicKeyCredential.toJSON() writes it (W3C WebAuthn Level 3, 5.1).
// Pure: members that are not read here are ignored, for browsers add some.
#pragma once

#include <optional>
#include <string_view>

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "shield/message/canonical_json.hpp"

namespace anchorhold::passkey {

struct CredentialJson {
    Bytes id;
    const json::object* response = nullptr;  // points into the object that was read
};

// "id" and "rawId" agree, "type" is "public-key".
[[nodiscard]] Result<CredentialJson> read_credential_json(const json::object& credential);

// A base64url member of `response`; at most 64 KiB.
[[nodiscard]] Result<Bytes> bytes_member(const json::object& response, std::string_view name);
// Nothing when it is absent or null.
[[nodiscard]] Result<std::optional<Bytes>> optional_bytes_member(const json::object& response, std::string_view name);

}  // namespace anchorhold::passkey
