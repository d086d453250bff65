// An authenticator and browser in software, for tests here and in the gate: makes what create() and get() would give.
#pragma once

#include <openssl/evp.h>

#include <string>

#include "base/freed.hpp"
#include "shield/message/canonical_json.hpp"
#include "shield/passkey/passkey.hpp"

namespace anchorhold::passkey {

inline constexpr std::uint8_t kUp = 0x01;
inline constexpr std::uint8_t kUv = 0x04;
inline constexpr std::uint8_t kBe = 0x08;
inline constexpr std::uint8_t kBs = 0x10;
inline constexpr std::uint8_t kAt = 0x40;
inline constexpr std::uint8_t kEd = 0x80;

class SoftAuthenticator {
  public:
    explicit SoftAuthenticator(Algorithm algorithm = Algorithm::es256);

    // What a test may bend before it asks.
    std::string rp_id = "shield.localhost";
    std::string origin = "http://anchor.shield.localhost:8711";
    std::string client_data_more = R"("crossOrigin":false)";  // members after origin
    std::string type;                                         // empty: the right one
    std::uint8_t flags = kUp | kUv;
    std::uint32_t sign_count = 1;
    Bytes id = Bytes(32, 0x5A);
    Bytes trailing;  // after the authenticator data
    Bytes user_handle;
    bool self_attestation = false;

    [[nodiscard]] json::object create(ByteView challenge) const;
    [[nodiscard]] json::object get(ByteView challenge) const;

    [[nodiscard]] Bytes cose() const;
    [[nodiscard]] Passkey passkey() const;
    [[nodiscard]] Bytes sign(ByteView message) const;

  private:
    [[nodiscard]] std::string client_data(std::string_view right_type, ByteView challenge) const;
    [[nodiscard]] Bytes authenticator_data(bool with_key) const;

    Algorithm algorithm_;
    Owned<EVP_PKEY, EVP_PKEY_free> key_;
};

// A CBOR head (RFC 8949 section 3) for major type and value.
void append_cbor_head(Bytes& to, std::uint8_t major, std::uint64_t value);

}  // namespace anchorhold::passkey
