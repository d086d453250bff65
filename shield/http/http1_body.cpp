#include "shield/http/http1_body.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "shield/http/http1_chars.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::uint16_t kMaxOverhead = 8 * 1024;
constexpr std::uint8_t kMaxSizeDigits = 16;

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9')
        return c - '0';
    const char small = lower(c);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

}  // namespace

// One byte that is not content. What is wrong with it, or nullptr.
const char* ChunkedDecoder::overhead_byte(char c) noexcept {
    const bool cr = c == '\r';
    switch (at_) {
        case At::size:
            if (const int value = hex_value(c); value >= 0) {
                if (++digits_ > kMaxSizeDigits || left_ > (INT64_MAX >> 4))
                    return "a chunk size is beyond 2^63-1 or longer than 16 digits";
                left_ = left_ << 4 | static_cast<std::uint64_t>(value);
                return nullptr;
            }
            if (digits_ == 0 || (!cr && c != ';' && c != ' ' && c != '\t'))
                return "a chunk size is not hexadecimal digits alone";
            at_ = cr ? At::size_lf : c == ';' ? At::extension_name : At::space;
            digits_ = 0;
            return nullptr;
        case At::space:
            if (c != ' ' && c != '\t') {
                if (!cr && c != ';')
                    return "a chunk size is followed by something other than an extension";
                at_ = cr ? At::size_lf : At::extension_name;
                digits_ = 0;
            }
            return ++overhead_ > kMaxOverhead ? "chunk extensions are longer than 8192 bytes" : nullptr;
        case At::extension_quoted:
        case At::extension_escaped:
            if (!is_char(c, kValue))
                return "a chunk extension has a control character";
            if (at_ == At::extension_escaped)
                at_ = At::extension_quoted;
            else if (c == '\\')
                at_ = At::extension_escaped;
            else if (c == '"')
                at_ = At::space;
            return ++overhead_ > kMaxOverhead ? "chunk extensions are longer than 8192 bytes" : nullptr;
        case At::extension_name:
        case At::extension_value:
            if (is_char(c, kToken)) {
                digits_ = 1;
            } else if (c == '"' && digits_ == 0 && at_ == At::extension_value) {
                at_ = At::extension_quoted;
            } else if (digits_ != 0 && (c == ' ' || c == '\t')) {
                at_ = At::space;
            } else if (digits_ == 0 || (!cr && c != ';' && (c != '=' || at_ == At::extension_value))) {
                return "a chunk extension is not tokens or quoted strings; send none";
            } else {
                digits_ = 0;
                at_ = cr ? At::size_lf : c == '=' ? At::extension_value : At::extension_name;
            }
            return ++overhead_ > kMaxOverhead ? "chunk extensions are longer than 8192 bytes" : nullptr;
        case At::size_lf:
            at_ = left_ == 0 ? At::line_start : At::data;
            overhead_ = 0;
            return c == '\n' ? nullptr : "a chunk size is not followed by CRLF";
        case At::data_cr:
            at_ = At::data_lf;
            return cr ? nullptr : "a chunk is longer than its size says";
        case At::data_lf:
            at_ = At::size;
            digits_ = 0;
            return c == '\n' ? nullptr : "a chunk is not followed by CRLF";
        case At::line_start:
            at_ = cr ? At::last_lf : At::trailer_name;
            if (!cr && !is_char(c, kToken))
                return "a trailer has no field name";
            return ++overhead_ > kMaxOverhead ? "trailers are longer than 8192 bytes" : nullptr;
        case At::trailer_name:
            if (c == ':')
                at_ = At::trailer_value;
            else if (!is_char(c, kToken))
                return "a trailer's field name is not a token followed by a colon";
            return ++overhead_ > kMaxOverhead ? "trailers are longer than 8192 bytes" : nullptr;
        case At::trailer_value:
            if (cr)
                at_ = At::trailer_lf;
            else if (!is_char(c, kValue))
                return "a trailer has a control character";
            return ++overhead_ > kMaxOverhead ? "trailers are longer than 8192 bytes" : nullptr;
        case At::trailer_lf:
            at_ = At::line_start;
            return c == '\n' ? nullptr : "a trailer is not followed by CRLF";
        case At::last_lf:
            at_ = At::end;
            return c == '\n' ? nullptr : "the body does not end in CRLF";
        case At::data:
        case At::end:
        case At::bad:
            break;
    }
    return "the body has ended";
}

BodyStep ChunkedDecoder::next(std::string_view input) {
    if (at_ == At::bad)
        return {ReadState::refused, 0, {}};
    std::size_t at = 0;
    while (at_ != At::end && at < input.size()) {
        if (at_ == At::data) {
            const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size() - at));
            left_ -= size;
            if (left_ == 0)
                at_ = At::data_cr;
            total_ += at + size;
            return {ReadState::need_more, at + size, input.substr(at, size)};
        }
        if (const char* const wrong = overhead_byte(input[at])) {
            at_ = At::bad;
            refusal_ = {400, wrong, static_cast<std::size_t>(total_) + at};
            return {ReadState::refused, at, {}};
        }
        ++at;
    }
    total_ += at;
    return {at_ == At::end ? ReadState::done : ReadState::need_more, at, {}};
}

BodyStep BodyReader::next(std::string_view input) {
    switch (framing_.kind) {
        case BodyKind::none:
            break;
        case BodyKind::length: {
            const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
            left_ -= size;
            return {left_ == 0 ? ReadState::done : ReadState::need_more, size, input.substr(0, size)};
        }
        case BodyKind::until_close:
            return {finished_ ? ReadState::done : ReadState::need_more, input.size(), input};
        case BodyKind::chunked: {
            const BodyStep step = chunked_.next(input);
            finished_ = step.state == ReadState::done;
            if (step.state == ReadState::refused)
                refusal_ = chunked_.refusal();
            return step;
        }
    }
    return {ReadState::done, 0, {}};
}

ReadState BodyReader::end_of_stream() {
    if (framing_.kind == BodyKind::until_close)
        finished_ = true;
    const bool ended =
        framing_.kind == BodyKind::none || finished_ || (framing_.kind == BodyKind::length && left_ == 0);
    if (ended)
        return ReadState::done;
    refusal_ = {400, "the connection was closed in the middle of the body", 0};
    return ReadState::refused;
}

}  // namespace anchorhold::egress
