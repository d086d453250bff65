// What a request to one of git's services must be besides its target: gitprotocol-http(5).
#pragma once

#include <optional>
#include <string_view>

#include "shield/http/refusal.hpp"
#include "shield/profile/target.hpp"

namespace anchorhold::egress {

// The content type as sent (parameters are ignored) or empty. Nothing: it is as git sends it, or plain.
[[nodiscard]] std::optional<Refusal> git_request_fault(profile::GitService service, std::string_view method,
                                                       std::string_view content_type);

}  // namespace anchorhold::egress
