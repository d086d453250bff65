#include "shield/http/http1_write.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/ascii.hpp"
#include "shield/http/http1_chars.hpp"
#include "shield/http/negotiation.hpp"

namespace anchorhold::egress {
namespace {

// Room for the start line's fixed parts, Host's name, framing, Connection and the empty line.
constexpr std::size_t kFixed = 160;

// Writes into room that was measured before, so that nothing is checked or grown on the way.
class Pen {
  public:
    explicit Pen(char* at) : start_(at), at_(at) {}
    Pen& operator<<(std::string_view text) noexcept {
        if (!text.empty())
            std::memcpy(at_, text.data(), text.size());
        at_ += text.size();
        return *this;
    }
    Pen& operator<<(std::uint64_t number) noexcept {
        at_ = std::to_chars(at_, at_ + 20, number).ptr;
        return *this;
    }
    void train_case(std::string_view name) noexcept {
        bool start = true;
        for (const char c : name) {
            const char small = lower(c);
            *at_++ = start && small >= 'a' && small <= 'z' ? static_cast<char>(small - 0x20) : small;
            start = c == '-';
        }
    }
    void field(std::string_view name, std::string_view value) noexcept { *this << name << ": " << value << "\r\n"; }
    [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(at_ - start_); }

  private:
    char* start_;
    char* at_;
};

bool is_settable(const SetField& field) noexcept {
    if (field.name.empty() || (common_flags(field.name) & kToken) == 0 || !is_field_value(field.value))
        return false;
    const FieldId id = field_id(field.name);
    return id == FieldId::other || field_row(id).fate != FieldFate::rewrite;
}

}  // namespace

bool goes_on(const Field& field, const Rewrite& rewrite) noexcept {
    if (field.named_by_connection || (field.id != FieldId::other && field_row(field.id).fate != FieldFate::pass))
        return false;
    if (std::ranges::contains(rewrite.drop, field.id) || (rewrite.unwanted != nullptr && rewrite.unwanted(field)))
        return false;
    if (rewrite.only_set && !std::ranges::contains(rewrite.keep, field.id))
        return false;
    if (rewrite.as_it_is && negotiates(field.name))
        return false;
    return std::ranges::none_of(rewrite.set,
                                [&](const SetField& set) { return equal_ignoring_case(set.name, field.name); });
}

namespace {

std::size_t room(const MessageHead& head, std::span<const SetField> set) noexcept {
    std::size_t size = kFixed;
    for (const Field& field : head.fields())
        size += field.name.size() + field.value.size() + 4;
    for (const SetField& field : set)
        size += field.name.size() + field.value.size() + 4;
    return size;
}

void write_fields(Pen& pen, const MessageHead& head, const Rewrite& rewrite) noexcept {
    for (const Field& field : head.fields()) {
        if (!goes_on(field, rewrite))
            continue;
        if (field.id == FieldId::other)
            pen.train_case(field.name);
        else
            pen << field_row(field.id).name;
        pen << ": " << field.value << "\r\n";
    }
    for (const SetField& field : rewrite.set) {
        pen.train_case(field.name);
        pen << ": " << field.value << "\r\n";
    }
    if (rewrite.body.kind == BodyKind::chunked)
        pen.field("Transfer-Encoding", "chunked");
    else if (rewrite.body.kind == BodyKind::length || rewrite.zero_length)
        pen << "Content-Length: " << rewrite.body.length << "\r\n";
    if (rewrite.close)
        pen.field("Connection", "close");
    pen << "\r\n";
}

template <class Write>
void append(std::string& out, std::size_t most, Write write) {
    const std::size_t before = out.size();
    out.resize_and_overwrite(before + most, [&](char* data, std::size_t) {
        Pen pen(data + before);
        write(pen);
        return before + pen.size();
    });
}

struct Reason {
    int status;
    std::string_view phrase;
};

constexpr std::array kReasons = std::to_array<Reason>({
    {100, "Continue"},
    {102, "Processing"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
    {511, "Network Authentication Required"},
});
static_assert(std::ranges::is_sorted(kReasons, {}, &Reason::status));

}  // namespace

std::string_view reason_phrase(int status) noexcept {
    const auto found = std::ranges::lower_bound(kReasons, status, {}, &Reason::status);
    return found != kReasons.end() && found->status == status ? found->phrase : "Unknown";
}

bool write_request(std::string& out, const RequestHead& head, std::string_view authority, const Rewrite& rewrite) {
    if (authority.empty() || !is_field_value(authority) || !std::ranges::all_of(rewrite.set, is_settable))
        return false;
    const std::size_t most = room(head, rewrite.set) + head.method.size() + head.target.size() + authority.size();
    append(out, most, [&](Pen& pen) {
        pen << head.method << " " << head.target << " HTTP/1.1\r\n";
        pen.field("Host", authority);
        write_fields(pen, head, rewrite);
    });
    return true;
}

bool write_response(std::string& out, const ResponseHead& head, const Rewrite& rewrite) {
    if (!std::ranges::all_of(rewrite.set, is_settable))
        return false;
    append(out, room(head, rewrite.set), [&](Pen& pen) {
        pen << "HTTP/1.1 " << static_cast<std::uint64_t>(head.status) << " " << reason_phrase(head.status) << "\r\n";
        write_fields(pen, head, rewrite);
    });
    return true;
}

std::optional<std::uint64_t> response_content_length(const ResponseHead& head) noexcept {
    const Field* const field = head.find(FieldId::content_length);
    if (field == nullptr)
        return std::nullopt;
    std::uint64_t length = 0;
    std::from_chars(field->value.data(), field->value.data() + field->value.size(), length);
    return length;
}

bool write_answer(std::string& out, StatusLine line, std::string_view content_type, std::string_view text, bool close,
                  std::span<const SetField> more) {
    if (!is_field_value(content_type) || !std::ranges::all_of(more, is_settable) ||
        !std::ranges::all_of(line.phrase, [](char c) { return c >= ' ' && c <= '~'; }))
        return false;
    const std::string_view phrase = line.phrase.empty() ? reason_phrase(line.status) : line.phrase;
    ResponseHead head;
    head.status = line.status;
    append(out, room(head, more) + phrase.size() + content_type.size() + text.size(), [&](Pen& pen) {
        pen << "HTTP/1.1 " << static_cast<std::uint64_t>(line.status) << " " << phrase << "\r\n";
        pen.field("Content-Type", content_type);
        write_fields(pen, head, {.body = {BodyKind::length, text.size()}, .close = close, .set = more});
        pen << text;
    });
    return true;
}

void write_chunk(std::string& out, std::string_view data) {
    if (data.empty())
        return;
    std::array<char, 16> size{};
    out.append(size.data(), std::to_chars(size.data(), size.data() + size.size(), data.size(), 16).ptr);
    out.append("\r\n").append(data).append("\r\n");
}

void write_last_chunk(std::string& out) {
    out.append("0\r\n\r\n");
}

}  // namespace anchorhold::egress
