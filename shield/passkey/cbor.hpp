// As much of CBOR as authenticators write (RFC 8949 in CTAP2's canonical form): definite lengths, shortest heads, no
// tags, no floats. Reads forward over a span; whatever is not exactly that is an error.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

#include "base/encoding.hpp"

namespace anchorhold::passkey {

class CborReader {
  public:
    explicit CborReader(ByteView bytes) : rest_(bytes) {}

    // The error is a clause: "a text was expected".
    template <class T>
    using Read = std::expected<T, std::string_view>;

    [[nodiscard]] Read<std::int64_t> integer();
    [[nodiscard]] Read<ByteView> bytes();
    [[nodiscard]] Read<std::string_view> text();  // bytes as they stand; UTF-8 is not checked
    [[nodiscard]] Read<std::uint64_t> map();      // how many pairs follow
    [[nodiscard]] bool at_integer() const;

    // One whole item of any kind, at most four levels deep (CTAP2's own limit).
    [[nodiscard]] Read<ByteView> skip();

    [[nodiscard]] ByteView rest() const { return rest_; }

  private:
    struct Head {
        std::uint8_t major = 0;
        std::uint64_t value = 0;
    };
    [[nodiscard]] Read<Head> head();
    [[nodiscard]] Read<ByteView> take(std::uint64_t size);
    [[nodiscard]] Read<std::uint64_t> of_kind(std::uint8_t major, std::string_view otherwise);
    [[nodiscard]] Read<std::uint64_t> skip_levels(int levels);

    ByteView rest_;
};

}  // namespace anchorhold::passkey
