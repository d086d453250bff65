// Which profile is in force: what the host handed over, judged by shield/profile/accept.hpp, and the highest version
// that was ever in force here with its text's digest, which the state disk remembers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "shield/profile/accept.hpp"

namespace anchorhold::gate {

struct PolicySources {
    std::string credentials;      // directory with anchorhold.profile, .profile.sig, .profile.floor
    std::string allowed_signers;  // file
    std::string state;            // directory; its file profile-version ("VERSION SHA256") is read and written
};

struct Policy {
    std::optional<profile::Accepted> accepted;
    std::string text;    // the profile's, when one is in force
    std::string reason;  // a clause for a person, when none is
};

// Never fails: what goes wrong is why no profile is in force. A higher version is on disk before it is in force.
[[nodiscard]] Policy take_policy(const PolicySources& sources, std::int64_t now);

}  // namespace anchorhold::gate
