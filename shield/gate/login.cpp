#include "shield/gate/login.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "shield/message/canonical_json.hpp"

namespace anchorhold::gate {
namespace {

constexpr std::string_view kAgain = "This sign-in took too long or was not begun here. Begin it again.";

std::unexpected<Error> refused(std::string_view sentence) {
    return fail("sign in", "challenge", 0, sentence);
}

}  // namespace

Result<Logins> Logins::create() {
    Logins made;
    if (RAND_bytes(made.key_.data(), static_cast<int>(made.key_.size())) != 1)
        return fail("make a key", "sign-in", 0, "there are no random bytes");
    return made;
}

Digest Logins::mac(std::string_view nonce, std::int64_t expires) const {
    const std::string text = std::string(nonce) + ' ' + std::to_string(expires);
    Digest made{};
    unsigned size = made.size();
    HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), made.data(), &size);
    return made;
}

Result<std::string> Logins::offer(std::string_view workstation, std::int64_t now) const {
    std::array<std::uint8_t, 32> random{};
    if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1)
        return refused("The workstation has no random bytes.");
    const std::string nonce = to_hex(random);
    const std::int64_t expires = now + kSeconds;
    return canonical(json::object{{"v", 1},
                                  {"kind", kLoginKind},
                                  {"workstation", workstation},
                                  {"nonce", nonce},
                                  {"expires", expires},
                                  {"mac", to_hex(mac(nonce, expires))}});
}

Result<Digest> Logins::challenge(std::string_view text, std::int64_t now) const {
    const auto value = parse_json(text);
    if (!value || !value->is_object())
        return refused(kAgain);
    const auto& object = value->get_object();
    const auto kind = text_member(object, "kind");
    const auto nonce = text_member(object, "nonce");
    const auto given = text_member(object, "mac");
    const auto expires = integer_member(object, "expires");
    if (!kind || *kind != kLoginKind || !nonce || !given || !expires || now >= *expires)
        return refused(kAgain);
    const auto bytes = from_hex(*given);
    const Digest right = mac(*nonce, *expires);
    if (!bytes || bytes->size() != right.size() || CRYPTO_memcmp(bytes->data(), right.data(), right.size()) != 0)
        return refused(kAgain);
    const Digest challenge = sha256(text);
    if (used_.contains(challenge))
        return refused(kAgain);
    return challenge;
}

void Logins::use(const Digest& challenge, std::int64_t now) {
    std::erase_if(used_, [&](const auto& entry) { return now >= entry.second; });
    used_.emplace(challenge, now + kSeconds);
}

}  // namespace anchorhold::gate
