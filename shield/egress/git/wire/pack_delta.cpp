#include "shield/egress/git/wire/pack_delta.hpp"

#include <cstdint>

namespace anchorhold::egress {
namespace {

class Reader {
  public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}
    [[nodiscard]] bool done() const { return rest_.empty(); }
    [[nodiscard]] bool sound() const { return sound_; }

    std::uint8_t byte() {
        const std::string_view one = take(1);
        return one.empty() ? 0 : static_cast<std::uint8_t>(one.front());
    }
    std::string_view take(std::size_t size) {
        if (size > rest_.size()) {
            sound_ = false;
            return {};
        }
        const std::string_view taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }
    // Seven bits a byte, the lowest first.
    std::uint64_t size() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 63 && sound_; shift += 7) {
            const std::uint8_t part = byte();
            value |= static_cast<std::uint64_t>(part & 0x7f) << shift;
            if ((part & 0x80) == 0)
                return value;
        }
        sound_ = false;
        return 0;
    }
    // Of `bytes` little-endian bytes those that `present` has a bit for.
    std::uint64_t sparse(unsigned present, unsigned bytes) {
        std::uint64_t value = 0;
        for (unsigned i = 0; i < bytes; ++i)
            if ((present >> i & 1) != 0)
                value |= static_cast<std::uint64_t>(byte()) << (8 * i);
        return value;
    }

  private:
    std::string_view rest_;
    bool sound_ = true;
};

}  // namespace

std::optional<std::string> apply_delta(std::string_view base, std::string_view delta, std::size_t most) {
    Reader reader(delta);
    const std::uint64_t base_size = reader.size();
    const std::uint64_t size = reader.size();
    if (!reader.sound() || base_size != base.size() || size > most)
        return std::nullopt;
    std::string made;
    while (!reader.done()) {
        const std::uint8_t instruction = reader.byte();
        std::string_view piece;
        if ((instruction & 0x80) != 0) {
            const std::uint64_t offset = reader.sparse(instruction, 4);
            std::uint64_t length = reader.sparse(instruction >> 4 & 7U, 3);
            if (length == 0)
                length = 0x10000;
            if (offset > base.size() || length > base.size() - offset)
                return std::nullopt;
            piece = base.substr(offset, length);
        } else if (instruction != 0) {
            piece = reader.take(instruction);
        } else {
            return std::nullopt;  // reserved
        }
        if (!reader.sound() || piece.size() > size - made.size())
            return std::nullopt;
        made += piece;
    }
    return made.size() == size ? std::optional(std::move(made)) : std::nullopt;
}

}  // namespace anchorhold::egress
