// A push's list reads the same however it is split, and what passes is plain and bounded.
#include "base/testing/require.hpp"
#include "base/utf8.hpp"
#include "shield/egress/git/wire/receive_pack.hpp"

using namespace anchorhold::egress;
using namespace anchorhold::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::string_view body = text_of(data + 1, size - 1);
    ReceivePackReader whole;
    ReceivePackReader split;
    const ReadState state = whole.read(body);
    ReadState split_state = ReadState::need_more;
    std::size_t seen = 0;
    for (const std::size_t piece = data[0] % 64 + 1U; split_state == ReadState::need_more && seen < body.size();) {
        seen = std::min(seen + piece, body.size());
        split_state = split.read(body.substr(0, seen));
    }
    // Bytes behind the list are judged as far as they are there.
    if (split_state == ReadState::done && state == ReadState::refused)
        require(seen < body.size(), "the split does not matter");
    else
        require(state == split_state, "the split does not matter");
    if (state == ReadState::refused)
        require(!whole.refusal().sentence.empty() && anchorhold::plain_utf8(whole.refusal().sentence),
                "a refusal says why, plainly");
    if (state != ReadState::done)
        return 0;
    const PushCommands& push = whole.commands();
    require(push.updates.size() <= kMaxUpdates && push.pack_offset <= body.size(), "bounds");
    for (const RefUpdate& update : push.updates) {
        require(!anchorhold::profile::ref_fault(update.ref) && anchorhold::plain_utf8(update.ref), "refs are plain");
        require(update.old_id.size() == update.new_id.size() &&
                    update.old_id.size() == (push.capabilities.sha256 ? 64U : 40U),
                "ids");
    }
    return 0;
}
