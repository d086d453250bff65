// Whether one connection to a server may carry several requests. A server that answers without having read a body takes
// that body for the next request's head: what the agent wrote there would be served unjudged, and glued before the
// request that comes next, with that one's credential. Nothing in an answer tells whether the body was read.
#pragma once

#include <cstdint>
#include <string_view>

#include "shield/http/http1_head.hpp"

namespace anchorhold::egress {

enum class Sharing : std::uint8_t {
    shared,  // may come after others, and others after it
    last,    // may come after others; none comes after it
    alone,   // neither
};

// `vouched`: the profile says reuse_after_body of the host. It counts for methods whose body every server reads.
[[nodiscard]] Sharing sharing_of(std::string_view method, BodyFraming framing, bool vouched);

}  // namespace anchorhold::egress
