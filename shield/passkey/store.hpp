// The workstation's passkeys on its state disk: one JSON file, replaced whole.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shield/passkey/passkey.hpp"

namespace anchorhold::passkey {

struct Store {
    Bytes user;  // the user handle that every passkey of this workstation is registered with, 32 random bytes
    std::vector<Passkey> passkeys;
};

[[nodiscard]] Result<std::string> to_text(const Store& store);
// The key is taken from its COSE form; anything unknown or malformed is an error that names the member.
[[nodiscard]] Result<Store> parse_store(std::string_view text);

// A file that is missing is an empty store with a fresh user handle; one that cannot be read is an error.
[[nodiscard]] Result<Store> load_store(const std::string& path);
// Written beside, fsynced, renamed over, and the directory fsynced: after a power cut it is the old one or the new one.
[[nodiscard]] Result<> save_store(const std::string& path, const Store& store);

}  // namespace anchorhold::passkey
