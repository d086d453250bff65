#include "shield/egress/git/wire/push_report.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "shield/egress/git/wire/pkt_line.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::size_t kMaxRefused = 20;
constexpr std::size_t kMaxReason = 200;
constexpr std::size_t kMaxRef = 4096;

// Of another's words what a person can be shown on one line.
std::string for_a_person(std::string_view text, std::size_t most) {
    std::size_t end = std::min(text.size(), most);
    while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        --end;
    const std::string_view cut = text.substr(0, end);
    return plain_utf8(cut) ? std::string(cut) : "(not text)";
}

// Takes whole pkt-lines from the front of `from`; false once it cannot go on.
template <class Take>
bool take_pkts(std::string& from, Take take) {
    std::string_view rest = from;
    bool sound = true;
    while (sound && !rest.empty()) {
        const Pkt pkt = read_pkt(rest);
        if (pkt.state == ReadState::need_more)
            break;
        sound = pkt.state == ReadState::done && take(pkt);
        rest.remove_prefix(pkt.consumed);
    }
    from.erase(0, from.size() - rest.size());
    return sound;
}

}  // namespace

void PushReport::add(std::string_view bytes) {
    if (broken_ || ended_)
        return;
    std::string& to = side_band_ ? outer_ : report_;
    to += bytes;
    if (side_band_)
        broken_ = !take_pkts(outer_, [&](const Pkt& pkt) {
            if (pkt.kind == PktKind::data && pkt.payload.starts_with(static_cast<char>(Band::data)))
                report_ += pkt.payload.substr(1);
            return true;
        });
    read_report();
}

void PushReport::read_report() {
    const bool sound = take_pkts(report_, [&](const Pkt& pkt) {
        if (ended_)
            return true;
        if (pkt.kind == PktKind::data)
            line(pkt.payload);
        ended_ = pkt.kind == PktKind::flush;
        return true;
    });
    broken_ = broken_ || !sound;
}

void PushReport::line(std::string_view text) {
    if (text.ends_with('\n'))
        text.remove_suffix(1);
    constexpr std::string_view kUnpack = "unpack ";
    constexpr std::string_view kRefused = "ng ";
    if (text.starts_with(kUnpack)) {
        const std::string_view said = text.substr(kUnpack.size());
        unpacked_ = true;
        if (said != "ok")
            unpack_refused_ = said.empty() ? "no reason given" : for_a_person(said, kMaxReason);
    } else if (text.starts_with(kRefused)) {
        text.remove_prefix(kRefused.size());
        const std::size_t space = std::min(text.find(' '), text.size());
        ++refused_count_;
        if (refused_.size() < kMaxRefused)
            refused_.push_back({for_a_person(text.substr(0, space), kMaxRef),
                                for_a_person(text.substr(std::min(space + 1, text.size())), kMaxReason)});
    }
}

}  // namespace anchorhold::egress
