// The roots that a profile brings along for one host.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace anchorhold::profile {

// How many X.509 certificates the PEM text has (RFC 7468). The error is a clause ("has a private key"): the text must
// hold one certificate at least and nothing but certificates.
[[nodiscard]] std::expected<std::size_t, std::string> count_certificates(std::string_view pem);

}  // namespace anchorhold::profile
