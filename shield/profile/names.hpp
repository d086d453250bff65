// Names as the profile writes them.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace anchorhold::profile {

// A DNS name in one spelling: lower case, no trailing dot, labels of letters, digits and inner hyphens (RFC 1123
// section 2.1), at most 63 and 253 bytes. The error is a clause ("has a null byte"). Not taken: addresses, names
// outside ASCII (write punycode, RFC 5891), localhost and what is below it (RFC 6761 section 6.3: the machine itself).
[[nodiscard]] std::expected<std::string, std::string> canonical_host(std::string_view name);

// For profile, credential and rule names, which become file names and record members: a-z 0-9 . _ - inside,
// a letter or digit first, at most 64 bytes.
[[nodiscard]] bool valid_identifier(std::string_view name);

}  // namespace anchorhold::profile
