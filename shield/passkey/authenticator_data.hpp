// Authenticator data (W3C WebAuthn Level 3, section 6.1): what the authenticator itself says and signs.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "shield/message/digest.hpp"
#include "shield/passkey/cose_key.hpp"

namespace anchorhold::passkey {

inline constexpr std::size_t kMaxCredentialId = 1023;

struct AttestedCredential {
    Bytes id;  // 1 to 1023 bytes
    PublicKey key;
};

struct AuthenticatorData {
    Digest rp_id_hash{};
    bool user_present = false;     // UP
    bool user_verified = false;    // UV
    bool backup_eligible = false;  // BE
    bool backed_up = false;        // BS
    std::uint32_t sign_count = 0;
    std::optional<AttestedCredential> attested;  // AT; extensions (ED) are skipped: none was asked for
};

// To the last byte: exactly 37 without AT and ED, nothing over with them. Reserved flags are errors, and so is BS
// without BE.
[[nodiscard]] Result<AuthenticatorData> parse_authenticator_data(ByteView bytes);

// rpIdHash is that of our RP ID, a user was present and was verified.
[[nodiscard]] Result<> check_authenticator_data(const AuthenticatorData& data, std::string_view rp_id);

}  // namespace anchorhold::passkey
