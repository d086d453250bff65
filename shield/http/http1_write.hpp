// Heads written anew from what was parsed: canonical names, one space after the colon, no hop-by-hop fields, no field
// that Connection named, framing by us. Nothing of the peer's spelling is copied but method, target, field values and
// the letters of unknown names.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "shield/http/http1_head.hpp"

namespace anchorhold::egress {

struct SetField {
    std::string_view name;   // a token
    std::string_view value;  // field-value: no controls
};

struct Rewrite {
    BodyFraming body = {};     // how the body goes on: Content-Length, `Transfer-Encoding: chunked`, or nothing
    bool zero_length = false;  // with BodyKind::none: write `Content-Length: 0` (requests like POST; empty responses)
    bool close = false;        // write `Connection: close`
    std::span<const SetField> set = {};  // written instead of every field of that name (Authorization …)
    std::span<const FieldId> drop = {};  // and these are left out (Cookie …)
    bool only_set = false;               // and so is every other field of the peer but those of `keep`
    std::span<const FieldId> keep = {};
    bool as_it_is = false;  // and those that would choose another form of the answer (negotiation.hpp)
    bool (*unwanted)(const Field&) = nullptr;  // and those it is true of (every way to log in …)
};

// Whether a field of the peer is copied.
[[nodiscard]] bool goes_on(const Field& field, const Rewrite& rewrite) noexcept;

// Appends "METHOD target HTTP/1.1\r\n…\r\n\r\n". `authority` becomes Host, first. False, and `out` as it was: a field
// to set is not a valid field, or is one that the writer makes itself (Host, Content-Length, Transfer-Encoding,
// Connection).
[[nodiscard]] bool write_request(std::string& out, const RequestHead& head, std::string_view authority,
                                 const Rewrite& rewrite);

// Appends "HTTP/1.1 status reason\r\n…\r\n\r\n" with our own reason phrase.
// For answers to HEAD and for 304 give BodyKind::length with the length the peer sent, if any:
// response_content_length().
[[nodiscard]] bool write_response(std::string& out, const ResponseHead& head, const Rewrite& rewrite);

// What Content-Length said, also where no body follows (HEAD, 304).
[[nodiscard]] std::optional<std::uint64_t> response_content_length(const ResponseHead& head) noexcept;

struct StatusLine {
    StatusLine(int code, std::string_view reason = {}) : status(code), phrase(reason) {}
    int status;
    std::string_view phrase;  // printable ASCII; empty: reason_phrase()
};

// A whole answer of our own: status, Content-Type, Content-Length, text, and `Connection: close` if asked.
[[nodiscard]] bool write_answer(std::string& out, StatusLine line, std::string_view content_type, std::string_view text,
                                bool close, std::span<const SetField> more = {});

// One chunk of a chunked body; nothing for empty data, which would end the body. Then the last chunk.
void write_chunk(std::string& out, std::string_view data);
void write_last_chunk(std::string& out);

// RFC 9110 section 15; "Unknown" for a code it does not have.
[[nodiscard]] std::string_view reason_phrase(int status) noexcept;

}  // namespace anchorhold::egress
