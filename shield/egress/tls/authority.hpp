// The workstation's own certificate authority: made at the first start, kept in the state directory, trusted in the
// cell. It signs a leaf for a name when a client asks for it; all leaves of one start share one key.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <chrono>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/error.hpp"
#include "base/freed.hpp"

namespace anchorhold::egress {

using KeyPtr = Owned<EVP_PKEY, EVP_PKEY_free>;
using CertificatePtr = Owned<X509, X509_free>;

// Its subject never changes: OpenSSL's hashed trust directories find it by the subject's hash.
inline constexpr const char* kAuthoritySubject = "Anchorhold workstation CA";

class Authority {
  public:
    // ca.key (0600) and ca.pem in `directory`. Without ca.pem, which is written last, both are made anew; ca.pem
    // without its key is an error.
    static Result<Authority> open(const std::string& directory);

    // Valid for 24 hours, kept for 12; the cache holds the 512 names used last. The pointer lives until the next call.
    Result<X509*> leaf(const std::string& name);
    [[nodiscard]] EVP_PKEY* leaf_key() const { return leaf_key_.get(); }

    // In `directory`, whole or not at all: anchorhold-ca.pem, and ca-certificates.crt with the public roots of
    // `roots_file`.
    Result<> publish(const std::string& directory, const std::string& roots_file) const;

  private:
    struct Leaf {
        std::string name;
        CertificatePtr certificate;
        std::chrono::steady_clock::time_point made;
    };
    Authority(KeyPtr key, CertificatePtr certificate, KeyPtr leaf_key)
        : key_(std::move(key)), certificate_(std::move(certificate)), leaf_key_(std::move(leaf_key)) {}

    KeyPtr key_;
    CertificatePtr certificate_;
    KeyPtr leaf_key_;
    std::list<Leaf> leaves_;  // used last first
    std::unordered_map<std::string_view, std::list<Leaf>::iterator> by_name_;
};

}  // namespace anchorhold::egress
