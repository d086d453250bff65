#include "base/ascii.hpp"
#include "shield/http/http1_chars.hpp"
#include "shield/http/http1_head.hpp"
#include "shield/http/http1_section.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::size_t kMaxMethod = 32;
constexpr std::size_t kMaxHostName = 255;

Fault read_request_line(std::string_view line, RequestHead& head) noexcept {
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos || space == 0)
        return {400, "the request line does not begin with a method and a space", 0};
    head.method = line.substr(0, space);
    if (head.method.size() > kMaxMethod || (common_flags(head.method) & kMethod) == 0)
        return {400, "the method is not upper-case letters", 0};
    const std::size_t version = line.size() < 9 ? 0 : line.size() - 8;
    if (version <= space + 1 || line[version - 1] != ' ')
        return {400, "the request line is not `METHOD /target HTTP/1.1` with one space between", space};
    if (const Fault fault = read_version(line.substr(version), version, head.minor_version))
        return fault;
    if (head.method == "CONNECT")
        return {501, "CONNECT is not offered: connect to the name itself, it is intercepted", 0};
    if (head.method == "TRACE")
        return {501, "TRACE is not offered: it would echo the credential", 0};
    if (head.method == "PRI")
        return {501, "PRI is reserved for the preface of HTTP/2", 0};
    head.target = line.substr(space + 1, version - 1 - (space + 1));
    if (head.target.empty() || head.target.front() != '/')
        return {400, "the request target is not a path: absolute-form, authority-form and `*` are not offered",
                space + 1};
    if ((common_flags(head.target) & kTarget) == 0)
        return {400, "the request target has a space, control, non-ASCII byte, `#` or `\\`: percent-encode it",
                space + 1};
    return {};
}

bool read_port(std::string_view digits, std::optional<std::uint16_t>& port) noexcept {
    if (digits.empty() || digits.size() > 5 || digits.front() == '0')
        return false;
    unsigned value = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9')
            return false;
        value = value * 10 + static_cast<unsigned>(c - '0');
    }
    port = static_cast<std::uint16_t>(value);
    return value <= 65535;
}

// RFC 9110 section 7.2, without user information, percent-encoding and sub-delimiters, which no name of ours has.
bool read_host(std::string_view value, RequestHead& head) noexcept {
    head.authority = value;
    head.port.reset();
    const bool literal = value.starts_with('[');
    const std::size_t end = literal ? value.find(']') : value.find(':');
    if (literal && end == std::string_view::npos)
        return false;
    head.host = value.substr(0, literal ? end + 1 : end);
    const std::string_view name = literal ? head.host.substr(1, head.host.size() - 2) : head.host;
    if (name.empty() || name.size() > kMaxHostName || (common_flags(name) & (literal ? kIpv6 : kHost)) == 0)
        return false;
    const std::string_view rest = value.substr(head.host.size());
    return rest.empty() || (rest.front() == ':' && read_port(rest.substr(1), head.port));
}

Fault read_head(std::string_view buffer, const HeadLines& lines, RequestHead& head) noexcept {
    if (const Fault fault = read_request_line(start_line(buffer, lines), head))
        return fault;
    FieldFacts facts;
    if (const Fault fault = read_fields(buffer, lines, {}, head, facts))
        return fault;
    const std::size_t section = lines.ends[0] + std::size_t{1};
    head.authority = head.host = {};
    head.port.reset();
    head.underscored = facts.underscored;
    // HTTP/1.0 has none: the connection says which host is meant.
    if (facts.hosts > 1 || (facts.hosts == 0 && head.minor_version == 1))
        return {400, facts.hosts == 0 ? "no Host" : "more than one Host", section};
    if (facts.hosts == 1 && !read_host(facts.host->value, head))
        return {400, "Host is not a name or address with an optional port", section};
    head.keep_alive = head.minor_version == 1 && !facts.close;
    head.explicit_zero_length = facts.has_length && facts.length == 0;
    head.body = facts.chunked       ? BodyFraming{BodyKind::chunked, 0}
                : facts.length != 0 ? BodyFraming{BodyKind::length, facts.length}
                                    : BodyFraming{};
    head.expect_continue = false;
    head.upgrade = {};
    for (const Field& field : head.fields()) {
        if (field.id == FieldId::expect) {
            if (!equal_ignoring_case(field.value, "100-continue"))
                return {417, "Expect is something other than 100-continue", section};
            head.expect_continue = head.minor_version == 1;
        } else if (field.id == FieldId::upgrade) {
            head.upgrade = field.value;
        }
    }
    return {};
}

}  // namespace

ReadState RequestReader::read(std::string_view buffer) {
    if (state_ != ReadState::need_more)
        return state_;
    const Scan scan = scan_lines(buffer, lines_);
    Fault fault = scan.fault;
    if (!fault && scan.consumed != 0) {
        fault = read_head(buffer, lines_, head_);
    } else if (!fault && lines_.count != 0 && !lines_.start_checked) {
        // A first line that cannot be mended by what follows is answered at once.
        fault = read_request_line(start_line(buffer, lines_), head_);
        lines_.start_checked = true;
    }
    if (fault) {
        refusal_ = {fault.status, fault.sentence, fault.offset};
        state_ = ReadState::refused;
    } else if (scan.consumed != 0) {
        consumed_ = scan.consumed;
        state_ = ReadState::done;
    }
    return state_;
}

void RequestReader::reset() noexcept {
    head_.count_ = 0;
    lines_.clear();
    consumed_ = 0;
    state_ = ReadState::need_more;
}

}  // namespace anchorhold::egress
