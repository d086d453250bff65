#include "shield/message/digest.hpp"

#include <openssl/evp.h>

#include <cstdlib>

#include "base/freed.hpp"

namespace anchorhold {

Digest sha256(std::initializer_list<ByteView> parts) {
    static const EVP_MD* const kind = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    // Kept between calls: a new one allocates.
    static thread_local const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    Digest out;
    bool ok = context && EVP_DigestInit_ex2(context.get(), kind, nullptr) == 1;
    for (const ByteView part : parts)
        ok = ok && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
    // A shield that cannot hash cannot decide anything: it stops, and the fence is closed.
    if (!ok || EVP_DigestFinal_ex(context.get(), out.data(), nullptr) != 1)
        std::abort();
    return out;
}

}  // namespace anchorhold
