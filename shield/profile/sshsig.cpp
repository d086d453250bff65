#include "shield/profile/sshsig.hpp"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "base/freed.hpp"
#include "shield/message/digest.hpp"
#include "shield/profile/ssh_key.hpp"
#include "shield/profile/ssh_wire.hpp"

namespace anchorhold::profile {
namespace {

constexpr std::string_view kRead = "read signature";
constexpr std::string_view kVerify = "verify signature";
constexpr std::string_view kMagic = "SSHSIG";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kMaxArmoured = 64UL * 1024;
constexpr std::uint8_t kUserPresent = 0x01;

Result<Bytes> remove_armour(std::string_view text) {
    constexpr std::string_view kBegin = "-----BEGIN SSH SIGNATURE-----\n";
    constexpr std::string_view kEnd = "\n-----END SSH SIGNATURE-----";
    if (text.size() > kMaxArmoured)
        return fail(kRead, "armour", 0, "larger than 64 KiB");
    if (!text.starts_with(kBegin))
        return fail(kRead, "armour", 0, "does not start with BEGIN SSH SIGNATURE; make it with ssh-keygen -Y sign");
    text.remove_prefix(kBegin.size());
    if (text.ends_with('\n'))
        text.remove_suffix(1);
    if (!text.ends_with(kEnd))
        return fail(kRead, "armour", 0, "does not end with END SSH SIGNATURE: cut short, or something follows it");
    text.remove_suffix(kEnd.size());
    std::string joined(text);
    std::erase(joined, '\n');
    auto blob = from_base64(joined);
    if (!blob)
        return fail(kRead, "armour", 0, "is not base64 inside");
    return std::move(*blob);
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::ranges::contains(words, text);
}

// The public key's type and what may sign with it.
bool algorithm_fits(std::string_view key_type, std::string_view algorithm) {
    return key_type == "ssh-rsa" ? is_one_of(algorithm, {"rsa-sha2-256", "rsa-sha2-512"}) : key_type == algorithm;
}

Result<> read_inner(Signature& out, ByteView inner) {
    WireReader reader(inner);
    const auto algorithm = reader.text();
    const auto blob = reader.string();
    if (!algorithm || !blob)
        return fail(kRead, "signature blob", 0, "cut short");
    out.algorithm = *algorithm;
    out.blob.assign(blob->begin(), blob->end());
    if (algorithm->starts_with("sk-")) {
        const auto flags = reader.byte();
        const auto counter = reader.number();
        if (!flags || !counter)
            return fail(kRead, "signature blob", 0, "the security key's flags and counter are cut short");
        out.flags = *flags;
        out.counter = *counter;
    }
    if (!reader.at_end())
        return fail(kRead, "signature blob", 0, "bytes follow it");
    return {};
}

// OpenSSL takes ECDSA as DER, SSH writes two mpints.
Result<Bytes> ecdsa_der(ByteView blob) {
    WireReader reader(blob);
    const auto r = reader.magnitude();
    const auto s = reader.magnitude();
    if (!r || !s || !reader.at_end() || r->size() > 32 || s->size() > 32)
        return fail(kVerify, "ecdsa blob", 0, "is malformed");
    const Owned<ECDSA_SIG, ECDSA_SIG_free> pair(ECDSA_SIG_new());
    Owned<BIGNUM, BN_free> r_number(BN_bin2bn(r->data(), static_cast<int>(r->size()), nullptr));
    Owned<BIGNUM, BN_free> s_number(BN_bin2bn(s->data(), static_cast<int>(s->size()), nullptr));
    if (!pair || ECDSA_SIG_set0(pair.get(), r_number.get(), s_number.get()) != 1)
        return fail(kVerify, "ecdsa blob", 0, "OpenSSL has no memory");
    (void)r_number.release();  // pair's now
    (void)s_number.release();
    unsigned char* der = nullptr;
    const int length = i2d_ECDSA_SIG(pair.get(), &der);
    if (length <= 0)
        return fail(kVerify, "ecdsa blob", 0, "cannot be written as DER");
    Bytes out(der, der + length);
    OPENSSL_free(der);
    return out;
}

Bytes signed_data(const Signature& signature, std::string_view text) {
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> hash{};
    unsigned int length = 0;
    EVP_Digest(text.data(), text.size(), hash.data(), &length, signature.hash == "sha512" ? EVP_sha512() : EVP_sha256(),
               nullptr);
    Bytes out;
    put_bytes(out, as_bytes(kMagic));
    put_string(out, as_bytes(signature.name_space));
    put_string(out, {});
    put_string(out, as_bytes(signature.hash));
    put_string(out, ByteView(hash).first(length));
    return out;
}

// What a security key signs instead (PROTOCOL.u2f, "SSH U2F Signatures").
Bytes wrapped_for_security_key(const SshKey& key, const Signature& signature, const Bytes& data) {
    Bytes out;
    put_bytes(out, sha256(key.application));
    out.push_back(signature.flags);
    put_number(out, signature.counter);
    put_bytes(out, sha256({data}));
    return out;
}

}  // namespace

Result<Signature> parse_signature(std::string_view armoured) {
    const auto blob = remove_armour(armoured);
    if (!blob)
        return std::unexpected(blob.error());
    WireReader reader(*blob);
    const auto magic = reader.bytes(kMagic.size());
    if (!magic || as_text(*magic) != kMagic)
        return fail(kRead, "blob", 0, "does not start with SSHSIG");
    if (reader.number() != kVersion)
        return fail(kRead, "blob", 0, "is of a version other than 1");
    const auto public_key = reader.string();
    const auto name_space = reader.text();
    const auto reserved = reader.string();
    const auto hash = reader.text();
    const auto inner = reader.string();
    if (!public_key || !name_space || !reserved || !hash || !inner)
        return fail(kRead, "blob", 0, "is cut short");
    if (!reader.at_end())
        return fail(kRead, "blob", 0, "bytes follow it");
    if (!reserved->empty())
        return fail(kRead, "blob", 0, "its reserved part is not empty");
    if (!is_one_of(*hash, {"sha256", "sha512"}))
        return fail(kRead, "blob", 0, "its hash is neither sha256 nor sha512");

    Signature out;
    out.public_key.assign(public_key->begin(), public_key->end());
    out.name_space = *name_space;
    out.hash = *hash;
    if (const auto read = read_inner(out, *inner); !read)
        return std::unexpected(read.error());
    const auto key = read_ssh_key(*public_key);
    if (!key)
        return std::unexpected(key.error());
    out.key_type = key->type;
    if (!algorithm_fits(out.key_type, out.algorithm))
        return fail(kRead, "signature blob", 0, "its algorithm does not belong to a key of type " + out.key_type);
    return out;
}

Result<> verify_signature(const Signature& signature, std::string_view text, std::string_view name_space) {
    if (signature.name_space != name_space)
        return fail(kVerify, "namespace", 0,
                    "it was made for another purpose; sign with ssh-keygen -Y sign -n " + std::string(name_space));
    const auto key = read_ssh_key(signature.public_key);
    if (!key)
        return std::unexpected(key.error());
    if (!algorithm_fits(key->type, signature.algorithm))
        return fail(kVerify, key->type, 0, "the signature's algorithm does not belong to this type of key");

    Bytes data = signed_data(signature, text);
    if (key->security_key()) {
        if ((signature.flags & kUserPresent) == 0)
            return fail(kVerify, key->type, 0, "the security key was not touched (no user presence)");
        data = wrapped_for_security_key(*key, signature, data);
    }
    Bytes blob = signature.blob;
    const EVP_MD* digest = nullptr;
    if (EVP_PKEY_is_a(key->key.get(), "EC") == 1) {
        auto der = ecdsa_der(signature.blob);
        if (!der)
            return std::unexpected(der.error());
        blob = std::move(*der);
        digest = EVP_sha256();
    } else if (EVP_PKEY_is_a(key->key.get(), "RSA") == 1) {
        digest = signature.algorithm == "rsa-sha2-512" ? EVP_sha512() : EVP_sha256();
    }
    const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    const bool good = context && EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key->key.get()) == 1 &&
                      EVP_DigestVerify(context.get(), blob.data(), blob.size(), data.data(), data.size()) == 1;
    ERR_clear_error();
    if (!good)
        return fail(kVerify, fingerprint(signature.public_key), 0,
                    "it does not fit the text: the text was altered after signing, or another key signed it");
    return {};
}

std::string fingerprint(ByteView public_key) {
    std::string text = to_base64(sha256({public_key}));
    text.erase(text.find_last_not_of('=') + 1);
    return "SHA256:" + text;
}

}  // namespace anchorhold::profile
