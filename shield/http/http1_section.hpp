// What request and response heads share: line ends, fields, and the fields that frame the message. Internal to the
// http1 files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "shield/http/http1_head.hpp"

namespace anchorhold::egress {

// A refusal in the making: literals only, so that the fast path allocates nothing.
struct Fault {
    int status = 0;
    const char* sentence = nullptr;
    std::size_t offset = 0;
    explicit operator bool() const noexcept { return sentence != nullptr; }
};

struct Scan {
    Fault fault;
    std::size_t consumed = 0;  // not 0: the head is whole
};

// Goes on where it stopped. Checks the lines' ends and the limits, nothing else.
[[nodiscard]] Scan scan_lines(std::string_view buffer, HeadLines& lines) noexcept;

[[nodiscard]] inline std::string_view start_line(std::string_view buffer, const HeadLines& lines) noexcept {
    return buffer.substr(0, lines.ends[0] - 1);
}

// "HTTP/1.1" or "HTTP/1.0".
[[nodiscard]] Fault read_version(std::string_view text, std::size_t offset, std::uint8_t& minor) noexcept;

struct FieldRules {
    bool strict_fields = true;  // no name or value that servers read as another one
    bool connection_may_name_framing = false;
};

struct FieldFacts {
    bool has_length = false;
    std::uint64_t length = 0;
    bool chunked = false;
    bool close = false;
    std::uint8_t hosts = 0;  // 2 stands for more too
    const Field* host = nullptr;
    std::string_view underscored;  // the first name that has an underscore
};

// Every line after the first into head.fields_. `buffer` holds the whole head. head.minor_version must be known.
[[nodiscard]] Fault read_fields(std::string_view buffer, const HeadLines& lines, FieldRules rules, MessageHead& head,
                                FieldFacts& facts) noexcept;

}  // namespace anchorhold::egress
