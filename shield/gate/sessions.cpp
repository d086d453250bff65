#include "shield/gate/sessions.hpp"

#include <openssl/rand.h>

#include <algorithm>

namespace anchorhold::gate {

Result<std::string> Sessions::begin(std::string_view name, std::int64_t now) {
    Bytes token(kTokenBytes);
    if (RAND_bytes(token.data(), static_cast<int>(token.size())) != 1)
        return fail("begin session", "", 0, "The workstation has no random bytes.");
    if (sessions_.size() >= kMaxSessions)
        sessions_.pop_front();
    sessions_.push_back(
        {.name = std::string(name), .since = now, .expires = now + kSeconds, .digest = sha256({token})});
    return to_base64url(token);
}

const Session* Sessions::find(std::string_view token, std::int64_t now) const {
    const auto bytes = from_base64url(token);
    if (!bytes || bytes->size() != kTokenBytes)
        return nullptr;
    // Compared by digest: how far two of them agree tells nothing of the token.
    const auto at = std::ranges::find(sessions_, sha256({*bytes}), &Session::digest);
    return at == sessions_.end() || now >= at->expires ? nullptr : &*at;
}

void Sessions::end(const Digest& digest) {
    std::erase_if(sessions_, [&](const Session& session) { return session.digest == digest; });
}

void Sessions::end_others(const Digest& digest) {
    std::erase_if(sessions_, [&](const Session& session) { return session.digest != digest; });
}

bool Sessions::expire(std::int64_t now) {
    return std::erase_if(sessions_, [&](const Session& session) { return now >= session.expires; }) > 0;
}

}  // namespace anchorhold::gate
