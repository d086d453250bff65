// What the profile says about a request: the first rule that matches wins, none denies.
// Pure and bounded; cost grows only with the rules of the request's own host.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "shield/profile/profile.hpp"
#include "shield/profile/target.hpp"

namespace anchorhold::profile {

// A plain HTTP request. One that is git's is denied here: only git rules may judge it. So is a target that cannot be
// read, and so are CONNECT and TRACE, which answers with the credential that was placed.
struct HttpRequest {
    std::string_view host;  // the name agreed on by SNI, Host and address; any case, a trailing dot is dropped
    std::uint16_t port = 443;
    std::string_view method;
    const ReadTarget& target;  // of read_target()
};

// The advertisement and the fetch of one repository over smart HTTP.
struct GitRequest {
    std::string_view host;
    std::uint16_t port = 443;
    std::string_view repository;  // "acme/app": no leading slash, no .git
};

struct RefUpdate {
    std::string_view ref;
    UpdateKind kind = UpdateKind::update;
};

struct PushRequest {
    std::string_view host;
    std::uint16_t port = 443;
    std::string_view repository;
    std::span<const RefUpdate> updates;
};

// `rule` points into the profile; null when none matched. With `deny` the reason is a whole sentence for a person
// and a tool: "refused by profile demo version 1: no rule lists example.com".
struct Decision {
    Verdict verdict = Verdict::deny;
    const Rule* rule = nullptr;
    std::string reason;
};

// Every reading of the path is judged. Where one is denied and another is not, or two would place different
// credentials, the request is refused and the reason names both; where one asks, a person is asked.
[[nodiscard]] Decision decide(const Profile& profile, const HttpRequest& request);

// Ref by ref: any deny denies it whole, else any ask asks for it whole (`rule` is that ref's). Refs whose rules place
// different credentials are refused together: one request carries one. So are no refs at all and names that git
// itself forbids. git's probe (a body of only `0000`) is for decide_git_advertise.
[[nodiscard]] Decision decide(const Profile& profile, const PushRequest& request);

// Clone and fetch, their advertisement (info/refs?service=git-upload-pack) included.
[[nodiscard]] Decision decide_git_fetch(const Profile& profile, const GitRequest& request);

// info/refs?service=git-receive-pack: allowed where some push rule could allow or ask for that repository;
// `rule` is the first such rule, whose credential the advertisement takes. Never `ask`.
[[nodiscard]] Decision decide_git_advertise(const Profile& profile, const GitRequest& request);

}  // namespace anchorhold::profile
