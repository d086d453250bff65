#include "shield/egress/git/wire/push_advertisement.hpp"

#include <algorithm>

#include "shield/egress/git/wire/pkt_line.hpp"

namespace anchorhold::egress {
namespace {

constexpr std::string_view kService = "# service=git-receive-pack";
constexpr std::string_view kNoThin = "no-thin";
// A certificate would be of a key that the agent holds; options tell servers to merge or publish, unjudged and unseen.
constexpr std::string_view kLeftOut[] = {"push-cert", "push-options"};

std::string_view without_lf(std::string_view line) {
    if (line.ends_with('\n'))
        line.remove_suffix(1);
    return line;
}

std::string rewrite_capabilities(std::string_view list) {
    std::string out;
    while (!list.empty()) {
        const std::string_view word = list.substr(0, list.find(' '));
        list.remove_prefix(std::min(list.size(), word.size() + 1));
        const std::string_view name = word.substr(0, word.find('='));
        if (word.empty() || word == kNoThin || std::ranges::contains(kLeftOut, name))
            continue;
        out.append(word).push_back(' ');
    }
    return out.append(kNoThin);
}

Advertisement refuse(const char* sentence, std::size_t offset) {
    Advertisement refused;
    refused.state = ReadState::refused;
    refused.refusal = {502, sentence, offset};
    return refused;
}

}  // namespace

Advertisement rewrite_push_advertisement(std::string_view buffer) {
    Advertisement result;
    enum class At : unsigned char { service, flush, version, first } at = At::service;
    while (true) {
        const Pkt pkt = read_pkt(buffer.substr(result.consumed));
        if (pkt.state == ReadState::refused)
            return refuse("the server's advertisement is not in pkt-lines", result.consumed);
        if (pkt.state == ReadState::need_more)
            return {};
        const std::string_view line = without_lf(pkt.payload);
        const std::string_view raw = buffer.substr(result.consumed, pkt.consumed);
        result.consumed += pkt.consumed;
        const bool is_data = pkt.kind == PktKind::data;
        if (at == At::service) {
            if (!is_data || line != kService)
                return refuse("the server's answer does not begin with `# service=git-receive-pack`", 0);
            at = At::flush;
        } else if (at == At::flush) {
            if (pkt.kind != PktKind::flush)
                return refuse("the server's advertisement has no flush behind its service line", result.consumed);
            at = At::version;
        } else if (const std::size_t nul = line.find('\0'); is_data && nul != std::string_view::npos) {
            write_pkt(result.rewritten,
                      std::string(line.substr(0, nul + 1)) + rewrite_capabilities(line.substr(nul + 1)) + "\n");
            result.state = ReadState::done;
            return result;
        } else if (!is_data || line.starts_with("ERR ")) {
            result.rewritten.append(raw);
            result.state = ReadState::done;
            return result;
        } else if (at == At::version && line == "version 1") {
            at = At::first;
        } else {
            return refuse("the server's first ref comes without its capabilities", result.consumed);
        }
        result.rewritten.append(raw);
    }
}

}  // namespace anchorhold::egress
