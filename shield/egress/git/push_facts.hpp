// What a held body says about itself, read from the very bytes that will be sent: once to ask, once more to spend the
// approval (docs/design.md, "The action record", up to body_bytes).
#pragma once

#include <string>

#include "shield/egress/git/wire/receive_pack.hpp"
#include "shield/egress/hold/spool.hpp"
#include "shield/egress/io/asio.hpp"
#include "shield/message/canonical_json.hpp"

namespace anchorhold::egress {

struct HeldRequest {
    std::string method;
    std::string url;
    std::string host;
    std::uint16_t port = 443;
    json::array headers = {};  // held_headers.hpp
};

// kind "http.request": with the body as text where it can be shown whole.
Task<Result<json::object>> request_facts(HeldRequest request, const Spool& body);
// kind "git.push": updates from the body's commands; from its pack how many objects of a kind it has (null when they
// could not be counted), what its commits say, and whether an update is a fast-forward as far as they show.
Task<Result<json::object>> push_facts(HeldRequest request, std::string repository, const Spool& body);

}  // namespace anchorhold::egress
