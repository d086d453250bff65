// SHA-256 (FIPS 180-4) by OpenSSL.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

#include "base/encoding.hpp"

namespace anchorhold {

using Digest = std::array<std::uint8_t, 32>;

// Of the parts one after another.
[[nodiscard]] Digest sha256(std::initializer_list<ByteView> parts);
[[nodiscard]] inline Digest sha256(std::string_view text) {
    return sha256({as_bytes(text)});
}

}  // namespace anchorhold
