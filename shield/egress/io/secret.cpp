#include "shield/egress/io/secret.hpp"

#include <algorithm>
#include <cstdint>

namespace anchorhold::egress {

Result<> prepare_secret_memory() {
    // Leases, and heads of requests with a placed credential while they are written: 64 of the very largest, or 1,024
    // of 4 KiB that all wait for their servers' windows at once. Half of what the kernel lets a process lock.
    constexpr std::size_t size = 4UL * 1024 * 1024;
    if (CRYPTO_secure_malloc_initialized() == 1)
        return {};
    // 2: made, but mlock(2) failed.
    if (CRYPTO_secure_malloc_init(size, 32) != 1)
        return fail("lock memory for credentials", "4 MiB", 0, "raise RLIMIT_MEMLOCK for egress");
    return {};
}

Secret base64_of(const Secret& plain) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    Secret out;
    out.reserve((plain.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < plain.size(); at += 3) {
        const std::size_t some = std::min<std::size_t>(3, plain.size() - at);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i)
            bits = bits << 8U | (i < some ? static_cast<unsigned char>(plain[at + i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i)
            out.push_back(i <= some ? alphabet[bits >> (18 - 6 * i) & 63U] : '=');
    }
    return out;
}

}  // namespace anchorhold::egress
