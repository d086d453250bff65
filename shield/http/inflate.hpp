// What gzip and deflate packed (RFC 1950 to 1952), unpacked piece by piece in bounded memory.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "shield/http/refusal.hpp"

namespace anchorhold::egress {

class Inflater {
  public:
    Inflater();
    ~Inflater();
    Inflater(Inflater&&) noexcept;
    Inflater& operator=(Inflater&&) noexcept;

    // After next() has used up what was given before; valid until then.
    void give(std::string_view packed);
    // Unpacks into `room`; how much. Zero: need_more(), at_end() or broken() says why.
    std::size_t next(std::span<char> room);
    // More could come of what was given.
    [[nodiscard]] bool pending() const;
    // Nothing is open: the packed data may end here. True before the first byte, too.
    [[nodiscard]] bool at_end() const;
    // It is not what it says to be.
    [[nodiscard]] bool broken() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace anchorhold::egress
