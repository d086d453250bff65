#include "shield/profile/ssh_key.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "shield/profile/ssh_wire.hpp"

namespace anchorhold::profile {
namespace {

constexpr std::string_view kTried = "read ssh key";

using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using Number = Owned<BIGNUM, BN_free>;
using Builder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Parameters = Owned<OSSL_PARAM, OSSL_PARAM_free>;

Key from_parameters(const char* algorithm, OSSL_PARAM_BLD* build) {
    const Parameters parameters(OSSL_PARAM_BLD_to_param(build));
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr));
    EVP_PKEY* key = nullptr;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1)
        return nullptr;
    return Key(key);
}

Key ed25519_of(WireReader& reader) {
    const auto point = reader.string();
    if (!point || point->size() != 32)
        return nullptr;
    return Key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, point->data(), point->size()));
}

Key p256_of(WireReader& reader) {
    const auto curve = reader.text();
    const auto point = reader.string();
    constexpr std::uint8_t kUncompressed = 4;
    if (!curve || *curve != "nistp256" || !point || point->size() != 65 || point->front() != kUncompressed)
        return nullptr;
    const Builder build(OSSL_PARAM_BLD_new());
    if (!build || OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point->data(), point->size()) != 1)
        return nullptr;
    Key key = from_parameters("EC", build.get());
    const KeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
    return key && check && EVP_PKEY_public_check(check.get()) == 1 ? std::move(key) : nullptr;
}

Key rsa_of(WireReader& reader) {
    const auto exponent = reader.magnitude();
    const auto modulus = reader.magnitude();
    if (!exponent || !modulus || exponent->size() > 8 || modulus->size() > 16384 / 8)
        return nullptr;
    const Number e(BN_bin2bn(exponent->data(), static_cast<int>(exponent->size()), nullptr));
    const Number n(BN_bin2bn(modulus->data(), static_cast<int>(modulus->size()), nullptr));
    const Builder build(OSSL_PARAM_BLD_new());
    if (!e || !n || !build || BN_num_bits(n.get()) < 2048 || BN_is_odd(n.get()) == 0 || BN_is_odd(e.get()) == 0 ||
        BN_is_one(e.get()) == 1 || OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1)
        return nullptr;
    return from_parameters("RSA", build.get());
}

struct KeyType {
    std::string_view name;
    Key (*read)(WireReader&);
    bool has_application;
};
constexpr KeyType kTypes[] = {
    {"ssh-ed25519", ed25519_of, false},
    {"sk-ssh-ed25519@openssh.com", ed25519_of, true},
    {"ecdsa-sha2-nistp256", p256_of, false},
    {"sk-ecdsa-sha2-nistp256@openssh.com", p256_of, true},
    {"ssh-rsa", rsa_of, false},
};

std::string printable(std::string_view text) {
    std::string out(text.substr(0, 64));
    for (char& c : out)
        if (c <= 0x20 || c >= 0x7f)
            c = '?';
    return out;
}

}  // namespace

Result<SshKey> read_ssh_key(ByteView wire) {
    WireReader reader(wire);
    const auto name = reader.text();
    if (!name)
        return fail(kTried, "type", 0, "the key is cut short");
    for (const KeyType& type : kTypes) {
        if (*name != type.name)
            continue;
        SshKey out{std::string(*name), {}, type.read(reader)};
        ERR_clear_error();
        if (!out.key)
            return fail(kTried, *name, 0, "the key's numbers are malformed, weak or out of range");
        if (type.has_application) {
            const auto application = reader.text();
            if (!application || !application->starts_with("ssh:"))
                return fail(kTried, *name, 0, "its application is not one of ssh's (ssh:…)");
            out.application = *application;
        }
        if (!reader.at_end())
            return fail(kTried, *name, 0, "bytes follow the key");
        return out;
    }
    return fail(
        kTried, printable(*name), 0,
        "this type of key is not taken; use ed25519, ecdsa nistp256, one of them as a security key (sk), or rsa");
}

}  // namespace anchorhold::profile
