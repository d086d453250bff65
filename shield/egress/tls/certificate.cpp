#include "shield/egress/tls/certificate.hpp"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>

#include "shield/egress/io/stream.hpp"

namespace anchorhold::egress {
namespace {

using Bio = Owned<BIO, BIO_free>;

constexpr long kHour = 3600;
constexpr long kDay = 24 * kHour;

struct Validity {
    long from;  // seconds from now; before it, so that a clock that is set back a little does not lock anyone out
    long until;
};

std::unexpected<Error> failed(std::string_view what) {
    return fail("make certificate", what, 0, tls_problem());
}

bool extend(X509* certificate, X509* issuer, int kind, const char* value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const Owned<X509_EXTENSION, X509_EXTENSION_free> extension(X509V3_EXT_nconf_nid(nullptr, &context, kind, value));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_serial(X509* certificate) {
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), bytes.size()) != 1)
        return false;
    bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40);  // positive and of full length
    const Owned<BIGNUM, BN_free> number(BN_bin2bn(bytes.data(), bytes.size(), nullptr));
    return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

CertificatePtr blank(const char* subject, EVP_PKEY* key, Validity validity) {
    CertificatePtr certificate(X509_new());
    if (!certificate || X509_set_version(certificate.get(), X509_VERSION_3) != 1 || !set_serial(certificate.get()))
        return {};
    if (X509_gmtime_adj(X509_getm_notBefore(certificate.get()), validity.from) == nullptr ||
        X509_gmtime_adj(X509_getm_notAfter(certificate.get()), validity.until) == nullptr ||
        X509_set_pubkey(certificate.get(), key) != 1)
        return {};
    const auto* text = reinterpret_cast<const unsigned char*>(subject);
    if (subject != nullptr &&
        X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8, text, -1, -1, 0) != 1)
        return {};
    return certificate;
}

Result<std::string> text_of(BIO* bio, bool written) {
    char* data = nullptr;
    const long size = written ? BIO_get_mem_data(bio, &data) : 0;
    if (size <= 0)
        return failed("PEM");
    return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace

Result<KeyPtr> make_key() {
    KeyPtr key(EVP_EC_gen("P-256"));
    if (!key)
        return fail("make key", "P-256", 0, tls_problem());
    return key;
}

Result<CertificatePtr> make_authority(EVP_PKEY* key) {
    auto made = blank(kAuthoritySubject, key, {-kDay, 20L * 365 * kDay});
    X509* it = made.get();
    if (!made || X509_set_issuer_name(it, X509_get_subject_name(it)) != 1 ||
        !extend(it, it, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
        !extend(it, it, NID_key_usage, "critical,keyCertSign,cRLSign") ||
        !extend(it, it, NID_subject_key_identifier, "hash") || X509_sign(it, key, EVP_sha256()) == 0)
        return failed(kAuthoritySubject);
    return made;
}

Result<CertificatePtr> make_leaf(const std::string& name, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key) {
    // No subject: names longer than 64 bytes have no place there, and clients read the alternative name only.
    auto made = blank(nullptr, key, {-kHour, kDay});
    X509* it = made.get();
    const std::string alternative = "critical,DNS:" + name;
    if (!made || X509_set_issuer_name(it, X509_get_subject_name(issuer)) != 1 ||
        !extend(it, issuer, NID_basic_constraints, "critical,CA:FALSE") ||
        !extend(it, issuer, NID_key_usage, "critical,digitalSignature") ||
        !extend(it, issuer, NID_ext_key_usage, "serverAuth") ||
        !extend(it, issuer, NID_subject_alt_name, alternative.c_str()) ||
        !extend(it, issuer, NID_authority_key_identifier, "keyid:always") ||
        X509_sign(it, issuer_key, EVP_sha256()) == 0)
        return failed(name);
    return made;
}

Result<std::string> to_pem(X509* certificate) {
    const Bio bio(BIO_new(BIO_s_mem()));
    return text_of(bio.get(), bio && PEM_write_bio_X509(bio.get(), certificate) == 1);
}

Result<std::string> to_pem(EVP_PKEY* key) {
    const Bio bio(BIO_new(BIO_s_secmem()));
    return text_of(bio.get(),
                   bio && PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
}

}  // namespace anchorhold::egress
