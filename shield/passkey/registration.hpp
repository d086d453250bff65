// A new passkey: W3C WebAuthn Level 3, section 7.1, for the options that the console's page asks with (attestation
// "none", user verification required, no extensions). Pure.
#pragma once

#include <span>

#include "shield/passkey/client_data.hpp"
#include "shield/passkey/credential_json.hpp"
#include "shield/passkey/passkey.hpp"

namespace anchorhold::passkey {

// The passkey without name and time, which are the caller's to give. The key is the attested one inside the
// authenticator data; what the browser says beside it (publicKey, authenticatorData) must agree.
// Attestation statements: "none", or the "packed" self attestation that browsers leave in place, which is verified.
[[nodiscard]] Result<Passkey> verify_registration(const json::object& credential, const RelyingParty& party,
                                                  ByteView challenge, std::span<const Passkey> known);

// attestationObject (section 6.5): a map of exactly fmt, attStmt and authData.
struct AttestationObject {
    std::string_view format;
    ByteView statement;  // one CBOR map
    ByteView authenticator_data;
};
[[nodiscard]] Result<AttestationObject> parse_attestation_object(ByteView bytes);

}  // namespace anchorhold::passkey
