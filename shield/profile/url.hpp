// The URL of a request that somebody thinks of making: absolute, http or https (RFC 9110 section 4.2).
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace anchorhold::profile {

inline constexpr std::size_t kMaxUrl = 8UL * 1024;  // bytes

struct Url {
    std::string host;  // as written; no user, no IPv6 literal
    std::uint16_t port = 443;
    std::string target;    // origin-form, at least "/"
    std::string fragment;  // never sent
};

// The error says what is wrong with it: "has no valid port".
[[nodiscard]] std::expected<Url, std::string> read_url(std::string_view text);

}  // namespace anchorhold::profile
