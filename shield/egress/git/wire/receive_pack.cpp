#include "shield/egress/git/wire/receive_pack.hpp"

#include <algorithm>
#include <array>

#include "base/utf8.hpp"
#include "shield/egress/git/wire/pkt_line.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::size_t kSha1Digits = 40;
constexpr std::size_t kSha256Digits = 64;
constexpr std::string_view kPack = "PACK";

bool is_id(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

struct Flag {
    std::string_view name;
    bool PushCapabilities::* member;
};

constexpr std::array kFlags = std::to_array<Flag>({
    {"report-status", &PushCapabilities::report_status},
    {"report-status-v2", &PushCapabilities::report_status_v2},
    {"side-band-64k", &PushCapabilities::side_band_64k},
});

}  // namespace

std::optional<Refusal> ReceivePackReader::capability(std::string_view word) {
    PushCapabilities& caps = commands_.capabilities;
    const std::string_view name = word.substr(0, word.find('='));
    const std::string_view value = name.size() == word.size() ? std::string_view{} : word.substr(name.size() + 1);
    if (std::ranges::find(named_, name) != named_.end())
        return Refusal{400, "the push names a capability twice", offset_};
    if (named_.size() == kMaxCapabilities)
        return Refusal{400, "the push names more than 64 capabilities", offset_};
    named_.emplace_back(name);
    if (name == "push-options")
        return Refusal{400, "push options are not offered: the server would act on them unjudged; push without -o",
                       offset_};
    const auto flag = std::ranges::find(kFlags, word, &Flag::name);
    if (flag != kFlags.end())
        caps.*flag->member = true;
    else if (word == "object-format=sha256" || word == "object-format=sha1")
        caps.sha256 = value == "sha256";
    else if (name == "object-format")
        return Refusal{400, "the push is in an object format that is neither sha1 nor sha256", offset_};
    return std::nullopt;
}

std::optional<Refusal> ReceivePackReader::capabilities(std::string_view list) {
    if (!plain_utf8(list))
        return Refusal{400, "the push's capabilities have control characters", offset_};
    while (!list.empty()) {
        const std::string_view word = list.substr(0, list.find(' '));
        list.remove_prefix(std::min(list.size(), word.size() + 1));
        if (word.empty())
            continue;
        if (auto wrong = capability(word))
            return wrong;
    }
    return std::nullopt;
}

std::optional<Refusal> ReceivePackReader::command(std::string_view line) {
    const auto bad = [&](std::string sentence) { return Refusal{400, std::move(sentence), offset_}; };
    if (line.starts_with("push-cert"))
        return bad("signed pushes are not offered: push without --signed");
    if (line.starts_with("shallow ")) {
        const std::string_view id = line.substr(8);
        if ((id.size() != kSha1Digits && id.size() != kSha256Digits) || !is_id(id))
            return bad("a shallow line has no object id");
        if (commands_.shallow.size() == kMaxShallow)
            return bad("more than 1000 shallow lines");
        commands_.shallow.emplace_back(id);
        return std::nullopt;
    }
    const std::size_t nul = line.find('\0');
    if (nul != std::string_view::npos) {
        if (!commands_.updates.empty())
            return bad("capabilities stand behind a command that is not the first");
        if (auto wrong = capabilities(line.substr(nul + 1)))
            return wrong;
        line = line.substr(0, nul);
    }
    const std::size_t digits = commands_.capabilities.sha256 ? kSha256Digits : kSha1Digits;
    if (line.size() < 2 * digits + 3 || line[digits] != ' ' || line[2 * digits + 1] != ' ')
        return bad("a command is not `OLD NEW REF` with ids of the object format");
    const std::string_view old_id = line.substr(0, digits);
    const std::string_view new_id = line.substr(digits + 1, digits);
    const std::string_view ref = line.substr(2 * digits + 2);
    const auto kind = profile::update_kind(old_id, new_id);
    if (!kind)
        return bad(is_id(old_id) && is_id(new_id) ? "a command neither creates nor deletes: both ids are zero"
                                                  : "a command's object id is not lower-case hexadecimal");
    if (commands_.updates.size() == kMaxUpdates)
        return bad("more than 1000 refs in one push: push fewer at a time");
    if (const auto fault = profile::ref_fault(ref)) {
        const bool shown = ref.size() <= 200 && plain_utf8(ref);
        return bad("ref " + (shown ? "`" + std::string(ref) + "` " : std::string()) + *fault);
    }
    if (!refs_.emplace(ref).second)
        return bad("ref `" + std::string(ref) + "` is there twice");
    commands_.updates.push_back({std::string(ref), std::string(old_id), std::string(new_id), *kind});
    commands_.needs_pack = commands_.needs_pack || *kind != profile::UpdateKind::remove;
    return std::nullopt;
}

std::optional<Refusal> ReceivePackReader::flush() {
    whole_ = true;
    const std::size_t digits = commands_.capabilities.sha256 ? kSha256Digits : kSha1Digits;
    if (!commands_.updates.empty() &&
        std::ranges::any_of(commands_.shallow, [&](const std::string& id) { return id.size() != digits; }))
        return Refusal{400, "a shallow line's id is not of the push's object format", offset_};
    commands_.pack_offset = offset_ + 4;
    return std::nullopt;
}

ReadState ReceivePackReader::read(std::string_view buffer) {
    while (state_ == ReadState::need_more && !whole_) {
        const Pkt pkt = read_pkt(buffer.substr(offset_));
        if (pkt.state == ReadState::refused)
            return refuse({400, pkt.refusal.sentence, offset_ + pkt.refusal.offset});
        if (pkt.state == ReadState::need_more)
            return state_;
        std::optional<Refusal> wrong;
        if (pkt.kind == PktKind::flush) {
            wrong = flush();
        } else if (pkt.kind != PktKind::data || pkt.payload.empty()) {
            wrong = Refusal{400, "the list of refs holds a pkt-line that is neither a line nor its end", offset_};
        } else {
            std::string_view line = pkt.payload;
            if (line.ends_with('\n'))
                line.remove_suffix(1);
            wrong = command(line);
        }
        if (wrong)
            return refuse(std::move(*wrong));
        offset_ += pkt.consumed;
    }
    if (state_ == ReadState::need_more) {
        const std::string_view rest = buffer.substr(commands_.pack_offset);
        if (!rest.empty() && (!commands_.needs_pack || rest.substr(0, 4) != kPack.substr(0, rest.size())))
            return refuse({400, "the list of refs is followed by something other than the pack it needs", offset_});
        state_ = ReadState::done;
    }
    return state_;
}

ReadState ReceivePackReader::refuse(Refusal refusal) {
    refusal_ = std::move(refusal);
    commands_ = {};
    return state_ = ReadState::refused;
}

}  // namespace anchorhold::egress
