#include "shield/egress/http/incident.hpp"

#include <algorithm>

#include "shield/audit/event_text.hpp"

namespace anchorhold::egress {

Task<bool> Incidents::look(std::span<const std::uint32_t> hits) {
    bool may = true;
    for (; seen_ < hits.size(); ++seen_) {
        const std::uint32_t which = hits[seen_];
        if (std::ranges::contains(told_, which))
            continue;
        told_.push_back(which);
        may = co_await tell(exchange_.echoes()->credentials.at(which)) && may;
    }
    co_return may;
}

Task<bool> Incidents::tell(const std::string& credential) {
    const std::string& rule = exchange_.route().rule;
    const auto* known = profile::credential_of(*client_.profile, credential);
    const bool cut = known != nullptr && known->on_echo == profile::OnEcho::cut;
    const std::string reason = "credential " + credential + " came back in the answer and was " +
                               (cut ? "cut off with all that follows" : "overwritten");
    client_.peers.gate.echoed(credential, client_.name, rule, std::string(audit::split_url(client_.url).path));
    (void)co_await client_.record({.outcome = audit::Outcome::failed, .reason = reason, .rule = rule}, credential);
    co_return !cut;
}

}  // namespace anchorhold::egress
