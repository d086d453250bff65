// What a pack's commits say is the same however it is split, bounded, and only of objects that are in it.
#include "base/testing/require.hpp"
#include "base/utf8.hpp"
#include "shield/egress/git/wire/commit_log.hpp"
#include "shield/egress/git/wire/pack_delta.hpp"

using namespace anchorhold;
using namespace anchorhold::egress;
using namespace anchorhold::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 41)
        return 0;
    const std::string tip = to_hex(ByteView(data + 1, 20));
    const std::string old = to_hex(ByteView(data + 21, 20));
    const ByteView pack(data + 41, size - 41);
    const PackLimits limits{.objects = 1000, .object_bytes = 1 << 16, .total_bytes = 1 << 20};
    CommitLog whole(20);
    CommitLog split(20);
    PackScanner(limits, 20, &whole).feed(pack);
    PackScanner pieces(limits, 20, &split);
    const std::size_t piece = data[0] % 64 + 1U;
    for (std::size_t at = 0; at < pack.size(); at += piece)
        pieces.feed(pack.subspan(at, std::min(piece, pack.size() - at)));
    require(whole.has_ancestor(tip, old) == split.has_ancestor(tip, old), "the split does not matter");
    const std::string_view from[] = {tip, old};
    const auto shown = whole.shown(from, 20);
    require(shown.size() <= 20 && shown.size() == split.shown(from, 20).size(), "as many commits");
    for (const auto& commit : shown)
        for (const auto& text : {commit.subject, commit.author})
            require(!text || (text->size() <= 200 && text_utf8(*text)), "short text");
    const auto made = apply_delta(as_text({data + 1, 40}), as_text(pack), 1 << 16);
    require(!made || made->size() <= 1 << 16, "no more than is asked for");
    return 0;
}
