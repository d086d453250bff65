#include "shield/passkey/authenticator_data.hpp"

#include <openssl/crypto.h>

#include <algorithm>

namespace anchorhold::passkey {
namespace {

constexpr std::size_t kFixed = 37;  // hash, flags, counter
constexpr std::uint8_t kUserPresent = 1U << 0U;
constexpr std::uint8_t kUserVerified = 1U << 2U;
constexpr std::uint8_t kBackupEligible = 1U << 3U;
constexpr std::uint8_t kBackedUp = 1U << 4U;
constexpr std::uint8_t kAttested = 1U << 6U;
constexpr std::uint8_t kExtensions = 1U << 7U;
constexpr std::uint8_t kReserved = 1U << 1U | 1U << 5U;

std::unexpected<Error> malformed(std::string_view detail) {
    return fail("read authenticator data", "", 0, detail);
}

std::unexpected<Error> unfit(std::string_view what, std::string_view detail) {
    return fail("check authenticator data", what, 0, detail);
}

Result<AttestedCredential> read_attested(CborReader& reader) {
    ByteView rest = reader.rest();
    AttestedCredential credential;
    constexpr std::size_t head = 18;  // aaguid and the id's length
    if (rest.size() < head)
        return malformed("its attested credential ends too soon");
    const std::size_t size = std::size_t{rest[16]} << 8U | rest[17];
    rest = rest.subspan(head);
    if (size == 0 || size > kMaxCredentialId || size > rest.size())
        return malformed("the credential id is empty, longer than 1023 bytes, or cut off");
    credential.id.assign(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(size));
    reader = CborReader(rest.subspan(size));
    auto key = read_cose_key(reader);
    if (!key)
        return std::unexpected(key.error());
    credential.key = std::move(*key);
    return credential;
}

}  // namespace

Result<AuthenticatorData> parse_authenticator_data(ByteView bytes) {
    if (bytes.size() < kFixed)
        return malformed("it is shorter than 37 bytes");
    AuthenticatorData data;
    std::ranges::copy(bytes.first(32), data.rp_id_hash.begin());
    const std::uint8_t flags = bytes[32];
    if ((flags & kReserved) != 0)
        return malformed("a reserved flag is set");
    data.user_present = (flags & kUserPresent) != 0;
    data.user_verified = (flags & kUserVerified) != 0;
    data.backup_eligible = (flags & kBackupEligible) != 0;
    data.backed_up = (flags & kBackedUp) != 0;
    if (data.backed_up && !data.backup_eligible)
        return malformed("it is backed up (BS) but not eligible for backup (BE)");
    data.sign_count = std::uint32_t{bytes[33]} << 24U | std::uint32_t{bytes[34]} << 16U |
                      std::uint32_t{bytes[35]} << 8U | std::uint32_t{bytes[36]};
    CborReader reader(bytes.subspan(kFixed));
    if ((flags & kAttested) != 0) {
        auto attested = read_attested(reader);
        if (!attested)
            return std::unexpected(attested.error());
        data.attested = std::move(*attested);
    }
    if ((flags & kExtensions) != 0) {
        CborReader peek = reader;
        if (const auto map = peek.map(); !map)
            return malformed("its extensions are not a map");
        if (const auto map = reader.skip(); !map)
            return malformed(map.error());
    }
    if (!reader.rest().empty())
        return malformed("bytes follow it");
    return data;
}

Result<> check_authenticator_data(const AuthenticatorData& data, std::string_view rp_id) {
    const Digest expected = sha256(rp_id);
    if (CRYPTO_memcmp(data.rp_id_hash.data(), expected.data(), expected.size()) != 0)
        return unfit("rpIdHash", "the passkey belongs to another site than " + std::string(rp_id));
    if (!data.user_present)
        return unfit("UP", "nobody was present");
    if (!data.user_verified)
        return unfit("UV", "the device did not check who was there: use a fingerprint, face or PIN");
    return {};
}

}  // namespace anchorhold::passkey
