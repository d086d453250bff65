#include "shield/egress/credential/placement.hpp"

#include <string>

namespace anchorhold::egress {

Attempt<> may_be_placed(std::string_view credential, bool secure) {
    if (credential.empty() || secure)
        return {};
    return fail(FailureKind::credential_in_clear, "place credential", credential, 0,
                "credential " + std::string(credential) + " is never placed over a connection without TLS; use https");
}

}  // namespace anchorhold::egress
