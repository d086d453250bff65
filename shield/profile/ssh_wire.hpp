// SSH's own encoding (RFC 4251 section 5): big-endian integers and strings with a 32-bit length.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/encoding.hpp"

namespace anchorhold::profile {

// Takes values from the front; nothing when too few bytes are left, and then takes none.
class WireReader {
  public:
    explicit WireReader(ByteView bytes) : rest_(bytes) {}

    [[nodiscard]] std::optional<std::uint8_t> byte();
    [[nodiscard]] std::optional<std::uint32_t> number();
    [[nodiscard]] std::optional<ByteView> bytes(std::size_t count);
    [[nodiscard]] std::optional<ByteView> string();
    [[nodiscard]] std::optional<std::string_view> text();
    // A positive mpint in its one encoding, without the zero byte that may stand before it.
    [[nodiscard]] std::optional<ByteView> magnitude();
    [[nodiscard]] bool at_end() const { return rest_.empty(); }

  private:
    ByteView rest_;
};

void put_number(Bytes& out, std::uint32_t value);
void put_bytes(Bytes& out, ByteView bytes);
void put_string(Bytes& out, ByteView bytes);

}  // namespace anchorhold::profile
