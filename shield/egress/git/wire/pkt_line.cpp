#include "shield/egress/git/wire/pkt_line.hpp"

#include <algorithm>
#include <array>

namespace anchorhold::egress {
namespace {

constexpr std::size_t kDigits = 4;
constexpr std::size_t kMaxReason = 1000;

int digit(char c) noexcept {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void write_length(std::string& out, std::size_t length) {
    constexpr std::string_view kHex = "0123456789abcdef";
    for (int shift = 12; shift >= 0; shift -= 4)
        out.push_back(kHex[length >> shift & 0xf]);
}

// Reasons are one line of what terminals show.
std::string one_line(std::string_view text) {
    std::string line(text.substr(0, kMaxReason));
    for (char& c : line)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            c = ' ';
    return line;
}

Pkt refuse(const char* sentence) {
    Pkt pkt;
    pkt.state = ReadState::refused;
    pkt.refusal = {400, sentence, 0};
    return pkt;
}

}  // namespace

Pkt read_pkt(std::string_view buffer) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < std::min(kDigits, buffer.size()); ++i) {
        const int value = digit(buffer[i]);
        if (value < 0)
            return refuse("a pkt-line does not begin with four hexadecimal digits");
        length = length << 4 | static_cast<std::size_t>(value);
    }
    Pkt pkt;
    if (buffer.size() < kDigits)
        return pkt;
    if (length == 3)
        return refuse("a pkt-line has the length 0003, which means nothing");
    if (length > kMaxPktPayload + kDigits)
        return refuse("a pkt-line is longer than 65520 bytes");
    if (length < kDigits) {
        constexpr std::array kKinds{PktKind::flush, PktKind::delimiter, PktKind::response_end};
        pkt.kind = kKinds[length];
        pkt.consumed = kDigits;
    } else {
        if (buffer.size() < length)
            return pkt;
        pkt.kind = PktKind::data;
        pkt.consumed = length;
        pkt.payload = buffer.substr(kDigits, length - kDigits);
    }
    pkt.state = ReadState::done;
    return pkt;
}

void write_pkt(std::string& out, std::string_view payload) {
    while (!payload.empty()) {
        const std::string_view part = payload.substr(0, kMaxPktPayload);
        write_length(out, part.size() + kDigits);
        out.append(part);
        payload.remove_prefix(part.size());
    }
}

void write_flush(std::string& out) {
    out.append("0000");
}

void write_band(std::string& out, Band band, std::string_view payload) {
    while (!payload.empty()) {
        const std::string_view part = payload.substr(0, kMaxPktPayload - 1);
        write_length(out, part.size() + kDigits + 1);
        out.push_back(static_cast<char>(band));
        out.append(part);
        payload.remove_prefix(part.size());
    }
}

void write_report_status(std::string& out, std::string_view unpack_refused, std::span<const RefReport> refs,
                         bool side_band) {
    std::string report;
    write_pkt(report, "unpack " + (unpack_refused.empty() ? "ok" : one_line(unpack_refused)) + "\n");
    for (const RefReport& ref : refs) {
        if (ref.refused.empty())
            write_pkt(report, "ok " + std::string(ref.ref) + "\n");
        else
            write_pkt(report, "ng " + std::string(ref.ref) + " " + one_line(ref.refused) + "\n");
    }
    write_flush(report);
    if (!side_band) {
        out.append(report);
        return;
    }
    write_band(out, Band::data, report);
    write_flush(out);
}

}  // namespace anchorhold::egress
