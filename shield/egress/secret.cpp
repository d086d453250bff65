#include "shield/egress/secret.hpp"

#include "base/encoding.hpp"

namespace anchorhold::egress {

Result<> prepare_secret_memory() {
    // Leases, and heads of requests with a placed credential while they go up: a few KiB each, 8 of the very largest.
    constexpr std::size_t size = 1024UL * 1024;
    // 2: made, but mlock(2) failed.
    if (CRYPTO_secure_malloc_init(size, 32) != 1)
        return fail("lock memory for credentials", "1 MiB", 0, "raise RLIMIT_MEMLOCK for egress");
    return {};
}

Secret base64_of(const Secret& plain) {
    std::string text = to_base64(as_bytes(view(plain)));
    Secret out(text.begin(), text.end());
    wipe(text);
    return out;
}

}  // namespace anchorhold::egress
