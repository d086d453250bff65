#include "shield/http/http1_chars.hpp"
#include "shield/http/http1_head.hpp"
#include "shield/http/http1_section.hpp"

namespace anchorhold::egress {
namespace {

constexpr FieldRules kResponseRules{.strict_fields = false, .connection_may_name_framing = true};

Fault read_status_line(std::string_view line, ResponseHead& head) noexcept {
    if (line.size() < 12)
        return {502, "the status line is shorter than `HTTP/1.1 200`", 0};
    if (const Fault fault = read_version(line.substr(0, 8), 0, head.minor_version))
        return fault;
    head.status = 0;
    for (const char c : line.substr(9, 3))
        head.status = c >= '0' && c <= '9' && head.status >= 0 ? head.status * 10 + (c - '0') : -1;
    if (line[8] != ' ' || head.status < 100 || head.status > 999 || (line.size() > 12 && line[12] != ' '))
        return {502, "the status is not three digits from 100 to 999", 9};
    if (head.status == 101)
        return {502, "the server switched protocols though nobody asked it to", 9};
    if (!is_field_value(line.substr(12)))
        return {502, "the reason phrase has a control character", 12};
    return {};
}

// RFC 9112 section 6.3.
Fault read_framing(const FieldFacts& facts, bool to_head, std::size_t section, ResponseHead& head) noexcept {
    const bool interim = head.status < 200;
    const bool announced = facts.chunked || facts.length != 0;
    if (interim && announced)
        return {502, "a 1xx announces a body", section};
    head.explicit_zero_length = facts.has_length && facts.length == 0;
    // A 204 has no body, whatever it announces; whether one comes all the same is not waited for.
    head.keep_alive = head.minor_version == 1 && !facts.close && !(head.status == 204 && announced);
    head.body = {};
    if (interim || to_head || head.status == 204 || head.status == 304)
        return {};
    if (facts.chunked)
        head.body.kind = BodyKind::chunked;
    else if (facts.length != 0)
        head.body = {BodyKind::length, facts.length};
    else if (!facts.has_length)
        head.body.kind = BodyKind::until_close;
    if (head.body.kind == BodyKind::until_close)
        head.keep_alive = false;
    return {};
}

}  // namespace

ReadState ResponseReader::read(std::string_view buffer) {
    if (state_ != ReadState::need_more)
        return state_;
    const Scan scan = scan_lines(buffer, lines_);
    Fault fault = scan.fault;
    if (!fault && lines_.count != 0 && (scan.consumed != 0 || !lines_.start_checked)) {
        fault = read_status_line(start_line(buffer, lines_), head_);
        lines_.start_checked = true;
    }
    if (!fault && scan.consumed != 0) {
        FieldFacts facts;
        fault = read_fields(buffer, lines_, kResponseRules, head_, facts);
        if (!fault)
            fault = read_framing(facts, to_head_, lines_.ends[0] + std::size_t{1}, head_);
    }
    if (fault) {
        refusal_ = {502, fault.sentence, fault.offset};
        state_ = ReadState::refused;
    } else if (scan.consumed != 0) {
        consumed_ = scan.consumed;
        state_ = ReadState::done;
    }
    return state_;
}

void ResponseReader::reset(bool to_head) noexcept {
    to_head_ = to_head;
    head_.count_ = 0;
    lines_.clear();
    consumed_ = 0;
    state_ = ReadState::need_more;
}

}  // namespace anchorhold::egress
