// What a passkey signs to open a session: a text of gate's own, whose kind no act can have, so that a signature over
// one never passes for the other. Nothing is kept of those given out (whoever reaches the page may ask for any number):
// a text proves itself by a MAC, and only those that opened a session are remembered until they are too old.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "shield/message/digest.hpp"

namespace anchorhold::gate {

inline constexpr std::string_view kLoginKind = "console.login";

class Logins {
  public:
    static constexpr std::int64_t kSeconds = 300;

    [[nodiscard]] static Result<Logins> create();

    // Canonical JSON; its SHA-256 is the challenge.
    [[nodiscard]] Result<std::string> offer(std::string_view workstation, std::int64_t now) const;
    // The challenge of a text that was offered here, in time, and has opened nothing yet.
    [[nodiscard]] Result<Digest> challenge(std::string_view text, std::int64_t now) const;
    void use(const Digest& challenge, std::int64_t now);

  private:
    using Key = std::array<std::uint8_t, 32>;
    [[nodiscard]] Digest mac(std::string_view nonce, std::int64_t expires) const;

    Key key_{};
    std::map<Digest, std::int64_t> used_;  // until when
};

}  // namespace anchorhold::gate
