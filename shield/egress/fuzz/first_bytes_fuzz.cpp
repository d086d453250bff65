// What is known by a few bytes stays so when more come, and eight are enough.
#include "base/testing/require.hpp"
#include "shield/egress/first_bytes.hpp"

using namespace anchorhold::egress;
using namespace anchorhold::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view all = text_of(data, size);
    Spoken known = Spoken::unknown_yet;
    for (std::size_t some = 0; some <= all.size() && some < 64; ++some) {
        const Spoken now = spoken(all.substr(0, some));
        require(known == Spoken::unknown_yet || now == known, "more bytes change nothing");
        require(some < 8 || now != Spoken::unknown_yet, "eight bytes are enough");
        known = now;
    }
    return 0;
}
