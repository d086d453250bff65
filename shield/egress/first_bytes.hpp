// What a client speaks, by its first bytes, and how it is told no in its own protocol.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace anchorhold::egress {

enum class Spoken : std::uint8_t { unknown_yet, tls, http, ssh, git, other };

// `begin` is all that came so far. At most eight bytes are needed.
[[nodiscard]] Spoken spoken(std::string_view begin);

// A last word that the client's program shows: OpenSSH and git print it as an error, of others whoever reads the line.
// `line` is printable ASCII. Empty for TLS and HTTP, which have answers of their own.
[[nodiscard]] std::string refusal_in(Spoken protocol, std::string_view line);

}  // namespace anchorhold::egress
