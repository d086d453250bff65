#include "shield/profile/ssh_wire.hpp"

namespace anchorhold::profile {

std::optional<ByteView> WireReader::bytes(std::size_t count) {
    if (rest_.size() < count)
        return std::nullopt;
    const ByteView taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
}

std::optional<std::uint8_t> WireReader::byte() {
    const auto taken = bytes(1);
    return taken ? std::optional((*taken)[0]) : std::nullopt;
}

std::optional<std::uint32_t> WireReader::number() {
    const auto taken = bytes(4);
    if (!taken)
        return std::nullopt;
    std::uint32_t value = 0;
    for (const std::uint8_t byte : *taken)
        value = value << 8 | byte;
    return value;
}

std::optional<ByteView> WireReader::string() {
    const ByteView before = rest_;
    const auto length = number();
    const auto taken = length ? bytes(*length) : std::nullopt;
    if (!taken)
        rest_ = before;
    return taken;
}

std::optional<std::string_view> WireReader::text() {
    const auto taken = string();
    return taken ? std::optional(as_text(*taken)) : std::nullopt;
}

std::optional<ByteView> WireReader::magnitude() {
    const ByteView before = rest_;
    auto taken = string();
    const bool led_by_zero = taken && !taken->empty() && taken->front() == 0;
    if (led_by_zero)
        taken = taken->subspan(1);
    // The zero stands there exactly when the number would look negative without it.
    if (!taken || taken->empty() || ((taken->front() & 0x80) != 0) != led_by_zero) {
        rest_ = before;
        return std::nullopt;
    }
    return taken;
}

void put_number(Bytes& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8)
        out.push_back(static_cast<std::uint8_t>(value >> shift));
}

void put_bytes(Bytes& out, ByteView bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

void put_string(Bytes& out, ByteView bytes) {
    put_number(out, static_cast<std::uint32_t>(bytes.size()));
    put_bytes(out, bytes);
}

}  // namespace anchorhold::profile
