// Whether a profile may come into force: signed by someone who may, in date, and no older than what was in force.
// Pure: the caller reads the files and the clock and remembers the highest version and its text's digest.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "shield/profile/profile.hpp"

namespace anchorhold::profile {

// Written as a JSON string it still fits into one packet between gate and egress (shield/message/channel.hpp).
inline constexpr std::size_t kMaxAcceptedText = 120UL * 1024;

enum class Refusal : std::uint8_t {
    none_given,
    no_signature,
    malformed_signers,
    malformed_signature,
    wrong_signature,
    unknown_signer,
    too_large,
    malformed,
    expired,
    older_than_remembered,
    other_text_of_version,
    below_floor,
};
[[nodiscard]] std::string_view to_text(Refusal refusal);  // "none-given", … for records

struct Refused {
    Refusal why = Refusal::none_given;
    Error error;  // its text() says what, where and what to do next
};

// The highest version ever in force, and the text that had it; version 0: none yet.
struct Remembered {
    std::int64_t version = 0;
    Digest digest{};
};

struct Offer {
    std::optional<std::string_view> text;       // credential anchorhold.profile
    std::optional<std::string_view> signature;  // credential anchorhold.profile.sig, armoured
    std::string_view allowed_signers;           // /usr/share/anchorhold/allowed_signers
    std::chrono::sys_seconds now;
    Remembered remembered{};
    std::int64_t floor = 0;  // credential anchorhold.profile.floor; 0: none
};

struct Accepted {
    Profile profile;
    std::string signer;       // principals of the line that the signature fits
    std::string fingerprint;  // "SHA256:…" of the key
};

// In this order: given, signed, signed rightly by a signer allowed now, well-formed, in date, not older, not
// another text of the remembered version, not below the floor. Nothing of an unsigned text is parsed. The remembered
// text itself is taken again (a reboot).
[[nodiscard]] std::expected<Accepted, Refused> accept(const Offer& offer);

// In force no longer: to be asked again as time goes by.
[[nodiscard]] bool expired(const Profile& profile, std::chrono::sys_seconds now);

}  // namespace anchorhold::profile
