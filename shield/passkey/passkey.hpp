// A person's passkey as the workstation remembers it.
#pragma once

#include <cstdint>
#include <string>

#include "shield/passkey/cose_key.hpp"

namespace anchorhold::passkey {

struct Passkey {
    std::string name;  // chosen by the person; shown, never trusted
    Bytes id;
    PublicKey key;
    bool backup_eligible = false;
    std::uint32_t sign_count = 0;
    std::int64_t created = 0;  // seconds since 1970
};

}  // namespace anchorhold::passkey
