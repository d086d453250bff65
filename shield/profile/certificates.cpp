#include "shield/profile/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/freed.hpp"

namespace anchorhold::profile {

std::expected<std::size_t, std::string> count_certificates(std::string_view pem) {
    if (pem.contains("PRIVATE KEY-----"))
        return std::unexpected("has a private key");
    constexpr std::string_view kBegin = "-----BEGIN ";
    constexpr std::string_view kBeginCertificate = "-----BEGIN CERTIFICATE-----";
    std::size_t expected = 0;
    for (std::size_t at = pem.find(kBegin); at != std::string_view::npos; at = pem.find(kBegin, at + 1)) {
        if (!pem.substr(at).starts_with(kBeginCertificate))
            return std::unexpected("has something other than certificates");
        ++expected;
    }
    if (expected == 0)
        return std::unexpected("has no certificate");

    const Owned<BIO, BIO_free> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    std::size_t count = 0;
    while (const Owned<X509, X509_free> certificate{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)})
        ++count;
    ERR_clear_error();
    if (count != expected)
        return std::unexpected("has a certificate that cannot be read (number " + std::to_string(count + 1) + ")");
    return count;
}

}  // namespace anchorhold::profile
