// git's pkt-lines, side bands and report-status: gitprotocol-common(5), gitprotocol-pack(5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "shield/http/refusal.hpp"

namespace anchorhold::egress {

inline constexpr std::size_t kMaxPktPayload = 65516;  // LARGE_PACKET_MAX 65520 less the four digits

enum class PktKind : std::uint8_t { data, flush, delimiter, response_end };  // 0004…, 0000, 0001, 0002

struct Pkt {
    ReadState state = ReadState::need_more;
    PktKind kind = PktKind::flush;
    std::size_t consumed = 0;
    std::string_view payload;  // of PktKind::data; a view into the buffer; may be empty; its LF, if any, is still there
    Refusal refusal;
};

// One pkt-line at the buffer's start. Refused: digits that are not hex, 0003, longer than 65520.
[[nodiscard]] Pkt read_pkt(std::string_view buffer);

// Split over several when longer than kMaxPktPayload; nothing when empty.
void write_pkt(std::string& out, std::string_view payload);
void write_flush(std::string& out);

enum class Band : std::uint8_t { data = 1, progress = 2, fatal = 3 };

// side-band-64k frames of at most 65520 bytes. Progress text is shown as `remote: TEXT` a line; end it with '\n'.
void write_band(std::string& out, Band band, std::string_view payload);

struct RefReport {
    std::string_view ref;
    std::string_view refused;  // empty: ok; else the reason behind `ng`, one line
};

// "unpack ok|REASON", then "ok REF" or "ng REF REASON" each, then flush. report-status and report-status-v2 read it
// alike. With `side_band` the whole report goes into band 1 and a flush of the outer stream ends it.
void write_report_status(std::string& out, std::string_view unpack_refused, std::span<const RefReport> refs,
                         bool side_band);

}  // namespace anchorhold::egress
