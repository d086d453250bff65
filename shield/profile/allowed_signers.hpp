// Who may sign: the allowed signers file of ssh-keygen(1), ALLOWED SIGNERS.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.hpp"
#include "base/error.hpp"

namespace anchorhold::profile {

struct Signer {
    std::string principals;  // as written: "alice@example.org,bob@example.org"
    Bytes public_key;        // SSH wire form
    std::string key_type;
    std::vector<std::string> name_spaces;  // patterns of namespaces=; empty: any
    std::optional<std::chrono::sys_seconds> valid_after;
    std::optional<std::chrono::sys_seconds> valid_before;
    std::size_t line = 0;
};

// Every line must be understood: a key that is dropped silently would look like one that is trusted.
// Errors name the line. Refused: cert-authority (certificates are not read), unknown options, options given twice.
// valid-after and valid-before without Z are read as UTC: the guest has no other zone.
[[nodiscard]] Result<std::vector<Signer>> parse_allowed_signers(std::string_view text);

}  // namespace anchorhold::profile
