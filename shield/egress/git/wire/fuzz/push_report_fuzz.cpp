// A report says the same however it is split, and only bounded text.
#include "base/testing/require.hpp"
#include "base/utf8.hpp"
#include "shield/egress/git/wire/push_report.hpp"

using namespace anchorhold;
using namespace anchorhold::egress;
using namespace anchorhold::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::string_view bytes = text_of(data + 1, size - 1);
    const bool side_band = (data[0] & 1) != 0;
    const std::size_t piece = data[0] / 2 + 1U;
    PushReport whole(side_band);
    PushReport split(side_band);
    whole.add(bytes);
    for (std::size_t at = 0; at < bytes.size(); at += piece)
        split.add(bytes.substr(at, piece));
    require(whole.whole() == split.whole() && whole.taken() == split.taken(), "the split does not matter");
    if (whole.whole())
        require(whole.refused_count() == split.refused_count(), "nor does it change the refs");
    require(whole.refused().size() <= 20, "few refs");
    for (const auto& refused : whole.refused())
        require(refused.reason.size() <= 200 && plain_utf8(refused.reason), "short text");
    return 0;
}
