// A signature by a registered passkey: W3C WebAuthn Level 3, section 7.2, user verification required. Pure.
#pragma once

#include <optional>
#include <span>

#include "shield/passkey/client_data.hpp"
#include "shield/passkey/credential_json.hpp"
#include "shield/passkey/passkey.hpp"

namespace anchorhold::passkey {

struct Assertion {
    std::size_t passkey = 0;  // index into `known`
    Bytes client_data;        // with the two below and the passkey's key, all that a third person needs to verify it
    Bytes authenticator_data;
    Bytes signature;
    std::uint32_t sign_count = 0;
    // The counter did not grow though one side counts: a copy of the passkey may exist. To be logged; synced passkeys
    // do not count, so it proves nothing.
    bool count_went_back = false;
};

// Everything but the signature itself.
[[nodiscard]] Result<Assertion> read_assertion(const json::object& credential, const RelyingParty& party,
                                               ByteView challenge, ByteView user_handle,
                                               std::span<const Passkey> known);

// `user_handle`: the one that passkeys were registered with; compared when the authenticator gives one.
[[nodiscard]] Result<Assertion> verify_assertion(const json::object& credential, const RelyingParty& party,
                                                 ByteView challenge, ByteView user_handle,
                                                 std::span<const Passkey> known);

}  // namespace anchorhold::passkey
