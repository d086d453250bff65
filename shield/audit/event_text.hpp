// Strangers' bytes made fit for a record.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace anchorhold::audit {

// Valid UTF-8 of at most `limit` bytes: what is not UTF-8 (RFC 3629) becomes U+FFFD, what is too long ends in "…".
[[nodiscard]] std::string clean_text(std::string_view text, std::size_t limit);

// RFC 3986 parts of an absolute http(s) URL; user information, query and fragment are left out, for secrets travel
// there.
struct UrlParts {
    std::string_view scheme;
    std::string_view host;
    std::string_view port;  // empty when the URL names none
    std::string_view path;
};
[[nodiscard]] UrlParts split_url(std::string_view url);

}  // namespace anchorhold::audit
