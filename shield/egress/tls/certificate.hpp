// The two certificates that egress makes: its authority and its leaves (RFC 5280).
#pragma once

#include "shield/egress/tls/authority.hpp"

namespace anchorhold::egress {

[[nodiscard]] Result<KeyPtr> make_key();  // ECDSA P-256
[[nodiscard]] Result<CertificatePtr> make_authority(EVP_PKEY* key);
[[nodiscard]] Result<CertificatePtr> make_leaf(const std::string& name, EVP_PKEY* key, X509* issuer,
                                               EVP_PKEY* issuer_key);

[[nodiscard]] Result<std::string> to_pem(X509* certificate);
[[nodiscard]] Result<std::string> to_pem(EVP_PKEY* key);

}  // namespace anchorhold::egress
