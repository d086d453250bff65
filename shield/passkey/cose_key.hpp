// A credential's public key as authenticators write it: COSE_Key (RFC 9052 section 7, RFC 9053 section 7, RFC 8230
// section 4), for the three algorithms that WebAuthn clients offer everywhere. Signatures by OpenSSL.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "shield/passkey/cbor.hpp"

namespace anchorhold::passkey {

// IANA COSE algorithms.
enum class Algorithm : std::int16_t {
    es256 = -7,    // ECDSA on P-256 with SHA-256
    eddsa = -8,    // Ed25519
    rs256 = -257,  // RSASSA-PKCS1-v1_5 with SHA-256, 2048 to 8192 bits
};

struct PublicKey {
    Algorithm algorithm = Algorithm::es256;
    Bytes cose;  // as the authenticator wrote it
    Bytes spki;  // the same as SubjectPublicKeyInfo, DER (RFC 5280)
};

// Takes one COSE_Key off the reader. Strict: exactly the parameters of that key type, each once, and a point that is
// on its curve.
[[nodiscard]] Result<PublicKey> read_cose_key(CborReader& reader);
// The same of a span that holds nothing else.
[[nodiscard]] Result<PublicKey> parse_cose_key(ByteView cose);

// The signature is that key's over the parts one after another.
[[nodiscard]] Result<> verify_signature(const PublicKey& key, std::initializer_list<ByteView> signed_parts,
                                        ByteView signature);

}  // namespace anchorhold::passkey
