#include "shield/passkey/cose_key.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <array>
#include <map>
#include <string>
#include <variant>

#include "base/freed.hpp"

namespace anchorhold::passkey {
namespace {

using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using Number = Owned<BIGNUM, BN_free>;
using Builder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Parameters = Owned<OSSL_PARAM, OSSL_PARAM_free>;
using DigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;

constexpr std::size_t kCoordinate = 32;
constexpr int kLeastRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;

// Labels of COSE_Key and its types' parameters.
constexpr std::int64_t kKty = 1;
constexpr std::int64_t kAlg = 3;
constexpr std::int64_t kCrv = -1;  // EC2, OKP; n of RSA
constexpr std::int64_t kX = -2;    // EC2, OKP; e of RSA
constexpr std::int64_t kY = -3;

struct Shape {
    Algorithm algorithm;
    std::int64_t kty;
    std::int64_t crv;        // 0: the type has none
    std::size_t parameters;  // the whole map
};
constexpr std::array kShapes{
    Shape{Algorithm::es256, 2, 1, 5},
    Shape{Algorithm::eddsa, 1, 6, 4},
    Shape{Algorithm::rs256, 3, 0, 4},
};

using Value = std::variant<std::int64_t, ByteView>;
using Map = std::map<std::int64_t, Value>;

std::unexpected<Error> malformed(std::string_view detail) {
    return fail("read COSE key", "", 0, detail);
}

Result<Map> read_map(CborReader& reader) {
    const auto pairs = reader.map();
    if (!pairs)
        return malformed(pairs.error());
    Map map;
    for (std::uint64_t i = 0; i < *pairs; ++i) {
        const auto label = reader.integer();
        if (!label)
            return malformed(label.error());
        Value value;
        if (reader.at_integer()) {
            const auto number = reader.integer();
            if (!number)
                return malformed(number.error());
            value = *number;
        } else {
            const auto bytes = reader.bytes();
            if (!bytes)
                return malformed(bytes.error());
            value = *bytes;
        }
        if (!map.emplace(*label, value).second)
            return malformed("a parameter stands twice");
    }
    return map;
}

template <class T>
const T* find(const Map& map, std::int64_t label) {
    const auto found = map.find(label);
    return found == map.end() ? nullptr : std::get_if<T>(&found->second);
}

Key from_parameters(const char* type, OSSL_PARAM_BLD* builder) {
    const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1)
        return nullptr;
    return Key(key);
}

Key p256(ByteView x, ByteView y) {
    if (x.size() != kCoordinate || y.size() != kCoordinate)
        return nullptr;
    Bytes point{0x04};
    point.insert(point.end(), x.begin(), x.end());
    point.insert(point.end(), y.begin(), y.end());
    const Builder builder(OSSL_PARAM_BLD_new());
    if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1)
        return nullptr;
    return from_parameters("EC", builder.get());
}

Key rsa(ByteView n, ByteView e) {
    // A leading zero is a second spelling of the same number.
    if (n.empty() || n.front() == 0 || n.size() > kMaxRsaBits / 8 || e.empty() || e.front() == 0 || e.size() > 8)
        return nullptr;
    const Number modulus(BN_bin2bn(n.data(), static_cast<int>(n.size()), nullptr));
    const Number exponent(BN_bin2bn(e.data(), static_cast<int>(e.size()), nullptr));
    const Builder builder(OSSL_PARAM_BLD_new());
    if (!modulus || !exponent || !builder || BN_num_bits(modulus.get()) < kLeastRsaBits ||
        BN_is_odd(modulus.get()) == 0 || BN_is_odd(exponent.get()) == 0 || BN_is_one(exponent.get()) == 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1)
        return nullptr;
    return from_parameters("RSA", builder.get());
}

Key key_of(const Map& map, Algorithm algorithm) {
    const auto* first = find<ByteView>(map, kCrv);
    const auto* x = find<ByteView>(map, kX);
    const auto* y = find<ByteView>(map, kY);
    switch (algorithm) {
        case Algorithm::es256:
            return x != nullptr && y != nullptr ? p256(*x, *y) : nullptr;
        case Algorithm::eddsa:
            return x != nullptr && x->size() == kCoordinate
                       ? Key(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, x->data(), x->size()))
                       : nullptr;
        case Algorithm::rs256:
            return first != nullptr && x != nullptr ? rsa(*first, *x) : nullptr;
    }
    return nullptr;
}

bool on_its_curve(EVP_PKEY* key) {
    const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
    return context && EVP_PKEY_public_check_quick(context.get()) == 1;
}

Result<Bytes> to_spki(const EVP_PKEY* key) {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key, &der);
    if (size <= 0)
        return malformed("OpenSSL cannot write it as SubjectPublicKeyInfo");
    Bytes spki(der, der + size);
    OPENSSL_free(der);
    return spki;
}

}  // namespace

Result<PublicKey> read_cose_key(CborReader& reader) {
    const ByteView before = reader.rest();
    const auto map = read_map(reader);
    if (!map)
        return std::unexpected(map.error());
    const auto* kty = find<std::int64_t>(*map, kKty);
    const auto* alg = find<std::int64_t>(*map, kAlg);
    if (kty == nullptr || alg == nullptr)
        return malformed("it has no key type or no algorithm");
    for (const Shape& shape : kShapes) {
        if (*alg != static_cast<std::int64_t>(shape.algorithm))
            continue;
        const auto* crv = find<std::int64_t>(*map, kCrv);
        if (*kty != shape.kty || map->size() != shape.parameters || (crv == nullptr ? 0 : *crv) != shape.crv)
            return malformed("its parameters are not those of its algorithm");
        const Key key = key_of(*map, shape.algorithm);
        if (!key || !on_its_curve(key.get()))
            return malformed("it is no key of its algorithm");
        auto spki = to_spki(key.get());
        if (!spki)
            return std::unexpected(spki.error());
        const ByteView cose = before.first(before.size() - reader.rest().size());
        return PublicKey{shape.algorithm, Bytes(cose.begin(), cose.end()), std::move(*spki)};
    }
    return malformed("algorithm " + std::to_string(*alg) + " is not one of -7 (ES256), -8 (EdDSA), -257 (RS256)");
}

Result<PublicKey> parse_cose_key(ByteView cose) {
    CborReader reader(cose);
    auto key = read_cose_key(reader);
    if (key && !reader.rest().empty())
        return malformed("bytes follow it");
    return key;
}

Result<> verify_signature(const PublicKey& key, std::initializer_list<ByteView> signed_parts, ByteView signature) {
    Bytes message;
    for (const ByteView part : signed_parts)
        message.insert(message.end(), part.begin(), part.end());
    const unsigned char* der = key.spki.data();
    const Key parsed(d2i_PUBKEY(nullptr, &der, static_cast<long>(key.spki.size())));
    const DigestContext context(EVP_MD_CTX_new());
    const char* const digest = key.algorithm == Algorithm::eddsa ? nullptr : "SHA256";
    // RSA's default padding is PKCS #1 v1.5, which RS256 means.
    if (!parsed || !context ||
        EVP_DigestVerifyInit_ex(context.get(), nullptr, digest, nullptr, nullptr, parsed.get(), nullptr) != 1)
        return fail("verify signature", "", 0, "OpenSSL does not take the stored key");
    if (EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) != 1)
        return fail("verify signature", "", 0, "it is not this key's over these bytes");
    return {};
}

}  // namespace anchorhold::passkey
