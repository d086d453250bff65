#include "shield/profile/profile.hpp"

#include <algorithm>
#include <array>

namespace anchorhold::profile {
namespace {

const auto* by_name(const auto& list, std::string_view name, auto member) {
    const auto found = std::ranges::find(list, name, member);
    return found == list.end() ? nullptr : &*found;
}

}  // namespace

std::string_view to_text(Verdict verdict) {
    return std::array<std::string_view, 3>{"allow", "ask", "deny"}.at(static_cast<std::size_t>(verdict));
}

std::string_view to_text(RuleKind kind) {
    return std::array<std::string_view, 3>{"http", "fetch", "push"}.at(static_cast<std::size_t>(kind));
}

std::string_view to_text(CredentialKind kind) {
    return std::array<std::string_view, 2>{"basic", "bearer"}.at(static_cast<std::size_t>(kind));
}

std::uint16_t method_bit(std::string_view method) {
    constexpr std::array<std::string_view, 7> kCommon{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
    const auto found = std::ranges::find(kCommon, method);
    return static_cast<std::uint16_t>(1U << (found - kCommon.begin()));
}

const Host* host_of(const Profile& profile, std::string_view name) {
    const auto found = profile.by_host.find(name);
    return found == profile.by_host.end() ? nullptr : &profile.hosts[found->second.host];
}

const Credential* credential_of(const Profile& profile, std::string_view name) {
    return by_name(profile.credentials, name, &Credential::name);
}

const Rule* rule_of(const Profile& profile, std::string_view id) {
    return by_name(profile.rules, id, &Rule::id);
}

std::string title(const Profile& profile) {
    return "profile " + profile.name + " version " + std::to_string(profile.version);
}

}  // namespace anchorhold::profile
