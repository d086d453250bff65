#include "shield/profile/accept.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include "shield/profile/allowed_signers.hpp"
#include "shield/profile/sshsig.hpp"

namespace anchorhold::profile {
namespace {

std::unexpected<Refused> refuse(Refusal why, std::string_view tried, std::string_view object, std::string_view detail) {
    return std::unexpected(Refused{why, {std::string(tried), std::string(object), 0, std::string(detail)}});
}

std::unexpected<Refused> refuse(Refusal why, Error error) {
    return std::unexpected(Refused{why, std::move(error)});
}

std::string when(std::chrono::sys_seconds moment) {
    const std::time_t seconds = moment.time_since_epoch().count();
    std::tm parts{};
    std::array<char, 32> text{};
    (void)gmtime_r(&seconds, &parts);
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

// Why that line does not let its key sign profiles now; empty when it does.
std::string fault_of(const Signer& signer, std::chrono::sys_seconds now) {
    if (!signer.name_spaces.empty() && !std::ranges::contains(signer.name_spaces, kProfileNamespace) &&
        !std::ranges::contains(signer.name_spaces, "*"))
        return "may not sign profiles: its namespaces lack " + std::string(kProfileNamespace);
    if (signer.valid_after && now < *signer.valid_after)
        return "is valid only from " + when(*signer.valid_after);
    if (signer.valid_before && now >= *signer.valid_before)
        return "was valid until " + when(*signer.valid_before);
    return {};
}

std::expected<const Signer*, Refused> signer_of(const Signature& signature, const std::vector<Signer>& signers,
                                                std::chrono::sys_seconds now) {
    const std::string print = fingerprint(signature.public_key);
    std::string fault = "is not in the image's allowed_signers (" + std::to_string(signers.size()) +
                        " keys); sign with one that is, or build an image that allows it";
    for (const Signer& signer : signers) {
        if (signer.public_key != signature.public_key)
            continue;
        fault = fault_of(signer, now);
        if (fault.empty())
            return &signer;
        fault += " (allowed_signers line " + std::to_string(signer.line) + ", " + signer.principals + ")";
    }
    return refuse(Refusal::unknown_signer, "verify profile", "signer", "the key " + print + " " + fault);
}

std::expected<void, Refused> in_order(const Profile& profile, const Offer& offer) {
    const auto version = [](std::int64_t number) { return "version " + std::to_string(number); };
    if (expired(profile, offer.now))
        return refuse(Refusal::expired, "accept", title(profile),
                      "it expired at " + when(profile.expires) + "; sign one with a later expires");
    const Remembered& had = offer.remembered;
    if (profile.version < had.version)
        return refuse(Refusal::older_than_remembered, "accept", title(profile),
                      "this workstation has had " + version(had.version) + "; sign it with a higher version");
    if (profile.version == had.version && profile.digest != had.digest)
        return refuse(Refusal::other_text_of_version, "accept", title(profile),
                      "this workstation has had another text as " + version(had.version) + " (sha256 " +
                          to_hex(had.digest) + "); sign it with a higher version");
    if (profile.version < offer.floor)
        return refuse(Refusal::below_floor, "accept", title(profile),
                      "the host asks for " + version(offer.floor) + " at least (anchorhold.profile.floor)");
    return {};
}

}  // namespace

std::string_view to_text(Refusal refusal) {
    return std::array<std::string_view, 12>{"none-given",
                                            "no-signature",
                                            "malformed-signers",
                                            "malformed-signature",
                                            "wrong-signature",
                                            "unknown-signer",
                                            "too-large",
                                            "malformed",
                                            "expired",
                                            "older-than-remembered",
                                            "other-text-of-version",
                                            "below-floor"}
        .at(static_cast<std::size_t>(refusal));
}

bool expired(const Profile& profile, std::chrono::sys_seconds now) {
    return now >= profile.expires;
}

std::expected<Accepted, Refused> accept(const Offer& offer) {
    if (!offer.text || offer.text->empty())
        return refuse(Refusal::none_given, "find profile", "credential anchorhold.profile",
                      "the host gave none; start the workstation with a profile");
    if (offer.text->size() > kMaxAcceptedText)
        return refuse(Refusal::too_large, "read profile", "text",
                      "larger than " + std::to_string(kMaxAcceptedText / 1024) + " KiB; use fewer or wider rules");
    if (!offer.signature || offer.signature->empty())
        return refuse(Refusal::no_signature, "find signature", "credential anchorhold.profile.sig",
                      "the profile is not signed; sign it: ssh-keygen -Y sign -n anchorhold-profile -f KEY PROFILE");
    const auto signers = parse_allowed_signers(offer.allowed_signers);
    if (!signers)
        return refuse(Refusal::malformed_signers, signers.error());
    const auto signature = parse_signature(*offer.signature);
    if (!signature)
        return refuse(Refusal::malformed_signature, signature.error());
    // Only an allowed key's numbers reach the verification.
    const auto signer = signer_of(*signature, *signers, offer.now);
    if (!signer)
        return std::unexpected(signer.error());
    if (const auto verified = verify_signature(*signature, *offer.text, kProfileNamespace); !verified)
        return refuse(Refusal::wrong_signature, verified.error());
    auto profile = parse(*offer.text);
    if (!profile)
        return refuse(Refusal::malformed, profile.error());
    if (auto ordered = in_order(*profile, offer); !ordered)
        return std::unexpected(std::move(ordered.error()));
    return Accepted{std::move(*profile), (*signer)->principals, fingerprint(signature->public_key)};
}

}  // namespace anchorhold::profile
