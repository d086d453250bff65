// HTTP/1.1 heads, read strictly: what two parsers could read in two ways is refused, what is sloppy and certain is
// taken and written anew.
//
//   RequestReader reader;             // one a connection: about 12 KiB, and it allocates only to refuse
//   switch (reader.read(buffer)) {    // `buffer` starts at the head's first byte
//     need_more: …                    // grow it and call again; it may move between calls
//     done:      reader.head(), reader.consumed()    // views into the buffer of this last call
//     refused:   reader.refusal()     // answer its status, close the connection
//   }
//   reader.reset();                   // before the next message
//
// Refused in both directions: bare LF, bare CR, NUL and other controls, obs-fold, space before the colon, names that
// are not tokens, leading CRLF, versions other than HTTP/1.0 and 1.1, Transfer-Encoding other than one `chunked`,
// Transfer-Encoding with Content-Length or in HTTP/1.0, more than one Content-Length unless all are equal, one that is
// signed or beyond 2^63-1. Requests only: names that are read as one that frames the message where "_" is "-", values
// whose ends some servers cut off, no Host (but in HTTP/1.0) or two, CONNECT, TRACE and PRI, targets that are not
// origin-form (RFC 9112 section 3.2.1), Expect other than 100-continue, Connection naming a field that frames the
// message.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "shield/http/http1_fields.hpp"
#include "shield/http/refusal.hpp"

namespace anchorhold::egress {

inline constexpr std::size_t kMaxStartLine = 8192;       // without its CRLF; longer: 414
inline constexpr std::size_t kMaxHeaderSection = 65536;  // fields and their CRLFs; longer: 431
inline constexpr std::size_t kMaxFields = 200;           // more: 431

struct Field {
    std::string_view name;   // as sent
    std::string_view value;  // without white space around it; may hold bytes >= 0x80 (obs-text)
    FieldId id = FieldId::other;
    bool named_by_connection = false;  // so it is hop-by-hop and the writer drops it
};

enum class BodyKind : std::uint8_t { none, length, chunked, until_close };

struct BodyFraming {
    BodyKind kind = BodyKind::none;
    std::uint64_t length = 0;  // of BodyKind::length; never 0 there (that is none)
    friend bool operator==(const BodyFraming&, const BodyFraming&) = default;
};

// What both heads share.
struct MessageHead {
    std::uint8_t minor_version = 1;  // HTTP/1.x
    BodyFraming body;
    bool keep_alive = false;            // HTTP/1.1 and no `Connection: close`; HTTP/1.0 is never kept
    bool explicit_zero_length = false;  // `Content-Length: 0` was sent

    [[nodiscard]] std::span<const Field> fields() const noexcept { return {fields_.data(), count_}; }
    // The first field of that id or nullptr; a second one is found by looking at fields().
    [[nodiscard]] const Field* find(FieldId id) const noexcept;
    [[nodiscard]] const Field* find(std::string_view name) const noexcept;  // ignoring case
    // How many of that id.
    [[nodiscard]] std::size_t count(FieldId id) const noexcept;

    // For the readers.
    std::array<Field, kMaxFields> fields_;
    std::size_t count_ = 0;
};

struct RequestHead : MessageHead {
    std::string_view method;  // upper-case letters and '-', at most 32
    // Origin-form, begins with '/'; bytes 0x21-0x7e without '#' and '\'; percent-encoding untouched.
    std::string_view target;
    std::string_view authority;         // Host as sent
    std::string_view host;              // without the port, brackets of an IPv6 literal kept; case as sent. Empty: none
    std::optional<std::uint16_t> port;  // never 0
    std::string_view underscored;       // the first field's name that has an underscore; empty: none
    bool expect_continue = false;       // answer `100` yourself once policy has passed; Expect is never sent on
    std::string_view upgrade;           // the Upgrade field's value or empty; the writer drops it: refuse or ignore it
};

struct ResponseHead : MessageHead {
    int status = 0;  // 100-999 but 101, which nobody asked for. 1xx is a head of its own: reset() and read on
};

// Where each line of a head ends. Internal to the readers.
struct HeadLines {
    std::size_t scanned = 0;                           // no line end before this that is not in `ends`
    std::size_t count = 0;                             // lines, the start line included
    bool start_checked = false;                        // the start line, before the head was whole
    std::array<std::uint32_t, kMaxFields + 1> ends{};  // offset of each line's LF
    void clear() noexcept {
        scanned = count = 0;
        start_checked = false;
    }
};

class RequestReader {
  public:
    // Linear over all calls, however the bytes are split. Once done or refused it says the same until reset().
    ReadState read(std::string_view buffer);
    void reset() noexcept;

    [[nodiscard]] const RequestHead& head() const noexcept { return head_; }
    // Bytes of the head with its empty line; the body begins there.
    [[nodiscard]] std::size_t consumed() const noexcept { return consumed_; }
    [[nodiscard]] const Refusal& refusal() const noexcept { return refusal_; }

  private:
    RequestHead head_;
    HeadLines lines_;
    std::size_t consumed_ = 0;
    ReadState state_ = ReadState::need_more;
    Refusal refusal_;
};

class ResponseReader {
  public:
    // `to_head`: the request was HEAD, so that no body follows whatever the fields say. Refusals have status 502.
    explicit ResponseReader(bool to_head = false) noexcept : to_head_(to_head) {}
    ReadState read(std::string_view buffer);
    void reset(bool to_head) noexcept;

    [[nodiscard]] const ResponseHead& head() const noexcept { return head_; }
    [[nodiscard]] std::size_t consumed() const noexcept { return consumed_; }
    [[nodiscard]] const Refusal& refusal() const noexcept { return refusal_; }

  private:
    bool to_head_ = false;
    ResponseHead head_;
    HeadLines lines_;
    std::size_t consumed_ = 0;
    ReadState state_ = ReadState::need_more;
    Refusal refusal_;
};

}  // namespace anchorhold::egress
