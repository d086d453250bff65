// Bytes of a credential while egress holds them: OpenSSL's secure heap (locked, not dumped, guard pages), wiped when
// freed.
#pragma once

#include <openssl/crypto.h>

#include <cstddef>
#include <new>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace anchorhold::egress {

// Before the first secret; an error when the memory cannot be locked (RLIMIT_MEMLOCK).
[[nodiscard]] Result<> prepare_secret_memory();

template <class T>
struct SecretAllocator {
    using value_type = T;
    SecretAllocator() = default;
    template <class U>
    explicit SecretAllocator(const SecretAllocator<U>& /*other*/) {}
    T* allocate(std::size_t count) {
        if (void* memory = OPENSSL_secure_malloc(count * sizeof(T)); memory != nullptr)
            return static_cast<T*>(memory);
        throw std::bad_alloc();
    }
    void deallocate(T* memory, std::size_t count) noexcept { OPENSSL_secure_clear_free(memory, count * sizeof(T)); }
    friend bool operator==(const SecretAllocator&, const SecretAllocator&) { return true; }
};

// A vector, not a string: short strings live outside the allocator's memory.
using Secret = std::vector<char, SecretAllocator<char>>;

[[nodiscard]] inline std::string_view view(const Secret& secret) {
    return {secret.data(), secret.size()};
}
inline void append(Secret& to, std::string_view text) {
    to.insert(to.end(), text.begin(), text.end());
}

// RFC 4648 section 4, padded; in locked memory all the way. Throws std::bad_alloc.
[[nodiscard]] Secret base64_of(const Secret& plain);

// Overwrites text that had to pass through ordinary memory.
inline void wipe(std::string& text) {
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

}  // namespace anchorhold::egress
