#include "shield/egress/lease.hpp"

#include <algorithm>
#include <cerrno>
#include <new>

#include "base/controls.hpp"
#include "base/encoding.hpp"
#include "shield/egress/echo_forms.hpp"

namespace anchorhold::egress {
namespace {

// One hour: gate decides the time, this only bounds a mistake.
constexpr std::int64_t kLongest = 3600;
constexpr std::size_t kShortestPattern = 4;

Secret to_secret(std::string_view text) {
    return {text.begin(), text.end()};
}

bool fits_field(const Secret& secret) {
    return !secret.empty() && std::ranges::all_of(secret, [](char c) { return c > ' ' && c != '\x7f'; });
}

void overwrite(json::object& answer) {
    if (auto* value = answer.if_contains("secret"); value != nullptr && value->is_string())
        OPENSSL_cleanse(value->get_string().data(), value->get_string().size());
}

// Echoes write `=` in many ways.
Secret without_padding(Secret base64) {
    while (!base64.empty() && base64.back() == '=')
        base64.pop_back();
    return base64;
}

Result<LeasePtr> take(json::object& answer, std::string_view credential) {
    const auto kind = text_member(answer, "kind");
    const auto text = text_member(answer, "secret");
    const auto seconds = integer_member(answer, "seconds");
    auto bytes = text ? from_base64(*text) : std::nullopt;
    overwrite(answer);
    if (!kind || !seconds || !bytes)
        return fail("read lease of", credential, 0, "the gatekeeper's answer lacks kind, secret or seconds");
    const Secret secret = to_secret(as_text(*bytes));
    OPENSSL_cleanse(bytes->data(), bytes->size());

    auto lease = std::make_shared<Lease>();
    lease->credential = credential;
    lease->until = Clock::now() + std::chrono::seconds(std::clamp<std::int64_t>(*seconds, 0, kLongest));
    if (*kind == "basic") {
        const auto user = text_member(answer, "user");
        if (!user)
            return fail("read lease of", credential, 0, "a basic credential without user");
        Secret pair = to_secret(*user);
        append(pair, ":");
        append(pair, view(secret));
        Secret basic = base64_of(pair);
        append(lease->authorization, "Basic ");
        append(lease->authorization, view(basic));
        lease->patterns.push_back(without_padding(std::move(basic)));
    } else if (*kind == "bearer" && fits_field(secret)) {
        append(lease->authorization, "Bearer ");
        append(lease->authorization, view(secret));
    } else {
        return fail("read lease of", credential, 0, "not basic or bearer, or not a token of visible characters");
    }
    for (Secret& form : echo_forms(secret))
        lease->patterns.push_back(std::move(form));
    // They would blot out half of any answer.
    std::erase_if(lease->patterns, [](const Secret& pattern) { return pattern.size() < kShortestPattern; });
    if (guard_off("scrub"))
        lease->patterns.clear();
    return lease;
}

}  // namespace

Result<LeasePtr> read_lease(json::object& answer, std::string_view credential) {
    try {
        return take(answer, credential);
    } catch (const std::bad_alloc&) {
        overwrite(answer);
        return fail("keep lease of", credential, ENOMEM, "locked memory is used up; try again");
    }
}

}  // namespace anchorhold::egress
