// What the page says, put into the gatekeeper's messages, and back (docs/design.md, console → gate). Pure, fuzzed.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "shield/message/canonical_json.hpp"

namespace anchorhold::console {

// Who sent a request, as far as the console knows.
struct Sender {
    std::string origin;   // the page's, already judged
    std::string session;  // the cookie's; the gatekeeper knows whether it opens anything
    std::string client;   // client.hpp
};

// `call`: a route's name. Exactly the members that call has, of the right type and length, and what it needs to know of
// the sender. The error's detail is a sentence for the page.
[[nodiscard]] Result<json::object> gate_message(std::string_view call, std::int64_t id, std::string_view body,
                                                const Sender& sender);

struct Reply {
    int status = 0;                // 200; 401 no session; 409 the gatekeeper refused; 502 it said something else
    std::string text;              // JSON
    std::string cookie = {};       // Set-Cookie; empty: none
    std::chrono::seconds wait{0};  // before it is sent: one wrong code too many came from there
};
[[nodiscard]] Reply reply_of(std::string_view call, const json::object& answer, std::string_view origin);

// The stream's event of a `state` from the gatekeeper; `address` is where the page belongs, `now` the workstation's
// clock, by which the page counts down. An error when the state is not what the page relies on.
[[nodiscard]] Result<std::string> state_event(const json::object& state, std::string_view address, std::int64_t now);
// The same for a browser that has not signed in: whether it can, and nothing of what waits.
[[nodiscard]] std::string stranger_event(const json::object& state, std::string_view address, std::int64_t now);
// While there is no gatekeeper.
[[nodiscard]] std::string down_event(std::string_view address, std::int64_t now);
// Whether `state` lists that session, by its digest.
[[nodiscard]] bool has_session(const json::object& state, std::string_view digest);

// What our cookie holds among those of a Cookie field (RFC 6265 section 4.2); empty: nothing that could be a session.
[[nodiscard]] std::string session_of(std::string_view cookies);

}  // namespace anchorhold::console
