#include "shield/egress/peers/lease.hpp"

#include <algorithm>
#include <cerrno>
#include <new>

namespace anchorhold::egress {
namespace {

// One hour: gate decides the time, this only bounds a mistake.
constexpr std::int64_t kMaxSeconds = 3600;

bool fits_field(const Secret& secret) {
    return !secret.empty() && std::ranges::all_of(secret, [](char c) { return c > ' ' && c != '\x7f'; });
}

std::unexpected<Failure> unreadable(std::string_view credential, std::string_view why) {
    return fail(FailureKind::lease_refused, "read lease of", credential, 0, why);
}

Attempt<LeasePtr> take(const json::object& answer, const Secret& secret, std::string_view credential) {
    const auto kind = text_member(answer, "kind");
    const auto seconds = integer_member(answer, "seconds");
    if (!kind || !seconds || secret.empty())
        return unreadable(credential, "the gatekeeper's answer lacks kind, secret or seconds");
    auto lease = std::make_shared<Lease>();
    lease->credential = credential;
    lease->until = Clock::now() + std::chrono::seconds(std::clamp<std::int64_t>(*seconds, 0, kMaxSeconds));
    if (*kind == "basic") {
        const auto user = text_member(answer, "user");
        if (!user)
            return unreadable(credential, "a basic credential without user");
        Secret pair(user->begin(), user->end());
        append(pair, ":");
        append(pair, view(secret));
        append(lease->authorization, "Basic ");
        append(lease->authorization, view(base64_of(pair)));
    } else if (*kind == "bearer" && fits_field(secret)) {
        append(lease->authorization, "Bearer ");
        append(lease->authorization, view(secret));
    } else {
        return unreadable(credential, "not basic or bearer, or not a token of visible characters");
    }
    return lease;
}

}  // namespace

Attempt<LeasePtr> read_lease(const json::object& answer, const Secret& secret, std::string_view credential) {
    try {
        return take(answer, secret, credential);
    } catch (const std::bad_alloc&) {
        return fail(FailureKind::no_memory, "keep lease of", credential, ENOMEM, "locked memory is used up; try again");
    }
}

}  // namespace anchorhold::egress
