// What we send in an advertisement's place is one too, and says no-thin once.
#include "base/testing/require.hpp"
#include "shield/egress/git/wire/push_advertisement.hpp"

using namespace anchorhold::egress;
using namespace anchorhold::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body = text_of(data, size);
    const Advertisement once = rewrite_push_advertisement(body);
    if (once.state != ReadState::done)
        return 0;
    require(once.consumed <= body.size(), "consumed");
    const Advertisement twice = rewrite_push_advertisement(once.rewritten);
    require(twice.state == ReadState::done && twice.consumed == once.rewritten.size(), "it is an advertisement");
    require(twice.rewritten == once.rewritten, "rewriting it again changes nothing");
    return 0;
}
