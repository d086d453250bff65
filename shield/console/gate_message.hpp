// What the page says, put into the gatekeeper's messages, and back (docs/design.md, console → gate). Pure, fuzzed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "shield/message/canonical_json.hpp"

namespace anchorhold::console {

// `call`: a route's name. Exactly the members that call has, of the right type and length; `origin` is the request's,
// already judged. The error's detail is a sentence for the page.
[[nodiscard]] Result<json::object> gate_message(std::string_view call, std::int64_t id, std::string_view body,
                                                std::string_view origin);

struct Reply {
    int status = 0;    // 200; 409 the gatekeeper refused; 502 it said something else
    std::string text;  // JSON
};
[[nodiscard]] Reply reply_of(std::string_view call, const json::object& answer);

// The stream's event of a `state` from the gatekeeper; `address` is where the page belongs, `now` the workstation's
// clock, by which the page counts down. An error when the state is not what the page relies on.
[[nodiscard]] Result<std::string> state_event(const json::object& state, std::string_view address, std::int64_t now);
// While there is no gatekeeper.
[[nodiscard]] std::string down_event(std::string_view address, std::int64_t now);

}  // namespace anchorhold::console
