// A chunked body is the same however it is split.
#include <string>

#include "base/testing/require.hpp"
#include "shield/http/http1_body.hpp"

using namespace anchorhold::egress;
using namespace anchorhold::fuzz;

namespace {

struct Read {
    ReadState state = ReadState::need_more;
    std::string data;
    std::size_t consumed = 0;
};

Read read_all(std::string_view wire, std::size_t piece) {
    BodyReader body({BodyKind::chunked, 0});
    Read read;
    while (read.state == ReadState::need_more && read.consumed < wire.size()) {
        const std::string_view input = wire.substr(read.consumed, piece);
        const BodyStep step = body.next(input);
        require(step.consumed <= input.size() && is_within(step.data, input), "steps stay in the input");
        require(step.consumed != 0 || step.state != ReadState::need_more, "every step goes on");
        read.state = step.state;
        read.consumed += step.consumed;
        read.data += step.data;
    }
    require((body.end_of_stream() == ReadState::done) == (read.state == ReadState::done),
            "only a whole body has ended");
    return read;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::string_view wire = text_of(data + 1, size - 1);
    const Read whole = read_all(wire, wire.size());
    const Read split = read_all(wire, data[0] % 16 + 1U);
    require(whole.state == split.state && whole.data == split.data && whole.consumed == split.consumed,
            "the split does not matter");
    return 0;
}
