// Which git operation a request is, told from its target alone: gitprotocol-http(5).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "shield/egress/parse/refusal.hpp"

namespace anchorhold::egress {

enum class GitRequest : std::uint8_t {
    not_git,              // judge it as plain HTTP; dumb-HTTP paths and LFS are this too
    fetch_advertisement,  // GET  …/info/refs?service=git-upload-pack
    push_advertisement,   // GET  …/info/refs?service=git-receive-pack
    fetch,                // POST …/git-upload-pack
    push,                 // POST …/git-receive-pack
    refused,              // would be git to some server, but is not spelt as git spells it
};

struct GitTarget {
    GitRequest request = GitRequest::not_git;
    std::string repository;  // "acme/app": percent-decoded once, no leading '/', one `.git` suffix dropped; valid UTF-8
    Refusal refusal;         // of GitRequest::refused
};

// Path and query as in RequestHead (still percent-encoded), content type as sent (parameters ignored) or empty.
// Refused, not "not git": a service name in other letters or percent-encoded, with a query or a method it does not
// have, twice, with path parameters; dot segments, `//`, encoded '/', '\', '%' or controls in a git path; a POST with
// another Content-Type.
[[nodiscard]] GitTarget classify_git(std::string_view method, std::string_view path, std::string_view query,
                                     std::string_view content_type);

}  // namespace anchorhold::egress
