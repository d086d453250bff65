// Detached signatures as `ssh-keygen -Y sign` makes them (OpenSSH, PROTOCOL.sshsig), verified with OpenSSL alone.
// Pure: text in, verdict out; no files, no agent, no revocation list.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.hpp"
#include "base/error.hpp"

namespace anchorhold::profile {

inline constexpr std::string_view kProfileNamespace = "anchorhold-profile";

struct Signature {
    Bytes public_key;      // in SSH wire form (RFC 4253 section 6.6)
    std::string key_type;  // "ssh-ed25519", "sk-ssh-ed25519@openssh.com", …
    std::string name_space;
    std::string hash;           // "sha256" or "sha512"
    std::string algorithm;      // of the signature blob; for RSA "rsa-sha2-256" or "rsa-sha2-512"
    Bytes blob;                 // the algorithm's own part
    std::uint8_t flags = 0;     // security keys
    std::uint32_t counter = 0;  // security keys
};

// Armour and blob, each to the last byte; anything over or missing is an error.
[[nodiscard]] Result<Signature> parse_signature(std::string_view armoured);

// The signature is that key's over `text` in that namespace. Security keys must say that a user was present.
// Keys taken: ssh-ed25519, ecdsa-sha2-nistp256, both as security keys, ssh-rsa of 2048 to 16384 bits with SHA-2.
[[nodiscard]] Result<> verify_signature(const Signature& signature, std::string_view text, std::string_view name_space);

// "SHA256:…", as ssh-keygen -l prints it.
[[nodiscard]] std::string fingerprint(ByteView public_key);

}  // namespace anchorhold::profile
