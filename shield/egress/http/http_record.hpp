// What egress tells the auditor of requests, in the shapes of shield/audit/event.hpp, as canonical JSON text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shield/audit/event.hpp"
#include "shield/profile/profile.hpp"

namespace anchorhold::egress {

// How a request was judged.
struct Judged {
    audit::Outcome outcome = audit::Outcome::denied;
    std::string_view reason = {};  // empty for what is simply allowed
    const profile::Profile* policy = nullptr;
    std::string_view rule = {};     // may be empty
    std::string_view request = {};  // the approval it waited for; may be empty
};

// One for every request that went up or was asked about; of those refused out of hand, `count` since the last record.
struct RequestRecord {
    std::string_view method;
    std::string_view url;
    std::string_view host;
    std::uint16_t port = 0;
    std::string_view credential;  // that was placed
    Judged judged;
    std::int64_t count = 1;
    std::optional<std::uint64_t> body_bytes = 0;  // unknown of a chunked body
    std::optional<audit::HttpEnd> end = {};       // it is over
};
[[nodiscard]] std::string record_of(const RequestRecord& request);

}  // namespace anchorhold::egress
