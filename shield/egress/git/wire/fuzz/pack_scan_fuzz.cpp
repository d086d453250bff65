// A pack counts the same however it is split, and within its limits.
#include "base/testing/require.hpp"
#include "shield/egress/git/wire/pack_scan.hpp"

using namespace anchorhold;
using namespace anchorhold::egress;
using namespace anchorhold::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const ByteView pack(data + 1, size - 1);
    const PackLimits limits{.objects = 1000, .object_bytes = 1 << 16, .total_bytes = 1 << 20};
    PackScanner whole(limits, 20);
    PackScanner split(limits, 20);
    const ReadState state = whole.feed(pack);
    const std::size_t piece = data[0] % 64 + 1U;
    ReadState split_state = ReadState::need_more;
    for (std::size_t at = 0; at < pack.size(); at += piece)
        split_state = split.feed(pack.subspan(at, std::min(piece, pack.size() - at)));
    require(state == split_state, "the split does not matter");
    const PackCounts& counts = whole.counts();
    require(counts.inflated_bytes <= limits.total_bytes + 32UL * 1024, "inflated within the limits");
    const std::uint64_t seen =
        std::uint64_t{counts.commits} + counts.trees + counts.blobs + counts.tags + counts.unknown;
    require(seen <= counts.objects, "no more objects than the header says");
    if (state == ReadState::done) {
        require(seen == counts.objects && counts.commits == split.counts().commits, "all objects seen");
        require(counts.trailer_offset + 20 == pack.size(), "the trailer ends the pack");
    }
    return 0;
}
