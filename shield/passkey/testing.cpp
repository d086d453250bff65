#include "shield/passkey/testing.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include <stdexcept>

#include "shield/message/digest.hpp"

namespace anchorhold::passkey {
namespace {

void append(Bytes& to, ByteView bytes) {
    to.insert(to.end(), bytes.begin(), bytes.end());
}
void append_bytes(Bytes& to, ByteView bytes) {
    append_cbor_head(to, 2, bytes.size());
    append(to, bytes);
}
void append_text(Bytes& to, std::string_view text) {
    append_cbor_head(to, 3, text.size());
    append(to, as_bytes(text));
}
void append_integer(Bytes& to, std::int64_t value) {
    value < 0 ? append_cbor_head(to, 1, static_cast<std::uint64_t>(-1 - value))
              : append_cbor_head(to, 0, static_cast<std::uint64_t>(value));
}

Bytes number(const EVP_PKEY* key, const char* name, int size) {
    BIGNUM* value = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &value) != 1)
        throw std::runtime_error(name);
    const Owned<BIGNUM, BN_free> owned(value);
    Bytes out(static_cast<std::size_t>(size == 0 ? BN_num_bytes(value) : size));
    BN_bn2binpad(value, out.data(), static_cast<int>(out.size()));
    return out;
}

}  // namespace

void append_cbor_head(Bytes& to, std::uint8_t major, std::uint64_t value) {
    const auto first = static_cast<std::uint8_t>(major << 5U);
    if (value < 24) {
        to.push_back(static_cast<std::uint8_t>(first | value));
        return;
    }
    const int size = value < 0x100 ? 1 : value < 0x10000 ? 2 : value < 0x100000000 ? 4 : 8;
    to.push_back(static_cast<std::uint8_t>(first | (size == 1 ? 24 : size == 2 ? 25 : size == 4 ? 26 : 27)));
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8)
        to.push_back(static_cast<std::uint8_t>(value >> static_cast<unsigned>(shift)));
}

SoftAuthenticator::SoftAuthenticator(Algorithm algorithm) : algorithm_(algorithm) {
    switch (algorithm) {
        case Algorithm::es256:
            key_.reset(EVP_EC_gen("P-256"));
            break;
        case Algorithm::eddsa:
            key_.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
            break;
        case Algorithm::rs256:
            key_.reset(EVP_RSA_gen(2048));
            break;
    }
    if (!key_)
        throw std::runtime_error("cannot make a key");
}

Bytes SoftAuthenticator::cose() const {
    Bytes out;
    const auto common = [&](std::uint64_t pairs, std::int64_t kty) {
        append_cbor_head(out, 5, pairs);
        append_integer(out, 1);
        append_integer(out, kty);
        append_integer(out, 3);
        append_integer(out, static_cast<std::int64_t>(algorithm_));
    };
    if (algorithm_ == Algorithm::es256) {
        common(5, 2);
        append_integer(out, -1);
        append_integer(out, 1);
        append_integer(out, -2);
        append_bytes(out, number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, 32));
        append_integer(out, -3);
        append_bytes(out, number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, 32));
    } else if (algorithm_ == Algorithm::eddsa) {
        common(4, 1);
        append_integer(out, -1);
        append_integer(out, 6);
        append_integer(out, -2);
        Bytes raw(32);
        std::size_t size = raw.size();
        EVP_PKEY_get_raw_public_key(key_.get(), raw.data(), &size);
        append_bytes(out, raw);
    } else {
        common(4, 3);
        append_integer(out, -1);
        append_bytes(out, number(key_.get(), OSSL_PKEY_PARAM_RSA_N, 0));
        append_integer(out, -2);
        append_bytes(out, number(key_.get(), OSSL_PKEY_PARAM_RSA_E, 0));
    }
    return out;
}

Bytes SoftAuthenticator::sign(ByteView message) const {
    const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    const char* const digest = algorithm_ == Algorithm::eddsa ? nullptr : "SHA256";
    std::size_t size = 0;
    Bytes out;
    if (EVP_DigestSignInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key_.get(), nullptr) == 1 &&
        EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) == 1) {
        out.resize(size);
        EVP_DigestSign(context.get(), out.data(), &size, message.data(), message.size());
        out.resize(size);
    }
    return out;
}

std::string SoftAuthenticator::client_data(std::string_view right_type, ByteView challenge) const {
    return "{\"type\":\"" + (type.empty() ? std::string(right_type) : type) + "\",\"challenge\":\"" +
           to_base64url(challenge) + "\",\"origin\":\"" + origin + "\"" +
           (client_data_more.empty() ? "" : "," + client_data_more) + "}";
}

Bytes SoftAuthenticator::authenticator_data(bool with_key) const {
    Bytes out;
    append(out, sha256(rp_id));
    out.push_back(with_key ? static_cast<std::uint8_t>(flags | kAt) : flags);
    for (int shift = 24; shift >= 0; shift -= 8)
        out.push_back(static_cast<std::uint8_t>(sign_count >> static_cast<unsigned>(shift)));
    if (with_key) {
        out.insert(out.end(), 16, 0);
        out.push_back(static_cast<std::uint8_t>(id.size() >> 8U));
        out.push_back(static_cast<std::uint8_t>(id.size()));
        append(out, id);
        append(out, cose());
    }
    append(out, trailing);
    return out;
}

json::object SoftAuthenticator::create(ByteView challenge) const {
    const std::string client = client_data("webauthn.create", challenge);
    const Bytes data = authenticator_data(true);
    Bytes object;
    append_cbor_head(object, 5, 3);
    append_text(object, "fmt");
    append_text(object, self_attestation ? "packed" : "none");
    append_text(object, "attStmt");
    if (self_attestation) {
        Bytes message = data;
        append(message, sha256(client));
        append_cbor_head(object, 5, 2);
        append_text(object, "alg");
        append_integer(object, static_cast<std::int64_t>(algorithm_));
        append_text(object, "sig");
        append_bytes(object, sign(message));
    } else {
        append_cbor_head(object, 5, 0);
    }
    append_text(object, "authData");
    append_bytes(object, data);
    return {{"id", to_base64url(id)},
            {"rawId", to_base64url(id)},
            {"type", "public-key"},
            {"clientExtensionResults", json::object{}},
            {"response",
             {{"clientDataJSON", to_base64url(as_bytes(client))},
              {"attestationObject", to_base64url(object)},
              {"authenticatorData", to_base64url(data)},
              {"publicKey", to_base64url(passkey().key.spki)},
              {"publicKeyAlgorithm", static_cast<std::int64_t>(algorithm_)},
              {"transports", json::array{"internal"}}}}};
}

json::object SoftAuthenticator::get(ByteView challenge) const {
    const std::string client = client_data("webauthn.get", challenge);
    const Bytes data = authenticator_data(false);
    Bytes message = data;
    append(message, sha256(client));
    json::object response{{"clientDataJSON", to_base64url(as_bytes(client))},
                          {"authenticatorData", to_base64url(data)},
                          {"signature", to_base64url(sign(message))},
                          {"userHandle", nullptr}};
    if (!user_handle.empty())
        response["userHandle"] = to_base64url(user_handle);
    return {{"id", to_base64url(id)},
            {"rawId", to_base64url(id)},
            {"type", "public-key"},
            {"clientExtensionResults", json::object{}},
            {"response", std::move(response)}};
}

Passkey SoftAuthenticator::passkey() const {
    auto key = parse_cose_key(cose());
    if (!key)
        throw std::runtime_error(key.error().text());
    return Passkey{.name = "soft",
                   .id = id,
                   .key = std::move(*key),
                   .backup_eligible = (flags & kBe) != 0,
                   .sign_count = 0,
                   .created = 1'790'000'000};
}

}  // namespace anchorhold::passkey
