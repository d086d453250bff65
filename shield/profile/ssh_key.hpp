// SSH public keys in wire form as OpenSSL keys (RFC 4253 6.6, RFC 5656 3.1, RFC 8709 4, OpenSSH PROTOCOL.u2f).
#pragma once

#include <openssl/evp.h>

#include <string>

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "base/freed.hpp"

namespace anchorhold::profile {

struct SshKey {
    std::string type;         // "ssh-ed25519", …
    std::string application;  // security keys: "ssh:…"
    Owned<EVP_PKEY, EVP_PKEY_free> key;

    [[nodiscard]] bool security_key() const { return type.starts_with("sk-"); }
};

// To the last byte; a curve point must be on its curve, an RSA modulus have 2048 to 16384 bits.
[[nodiscard]] Result<SshKey> read_ssh_key(ByteView wire);

}  // namespace anchorhold::profile
