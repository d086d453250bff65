#include "base/testing/require.hpp"
#include "shield/egress/git/wire/pkt_line.hpp"

using namespace anchorhold::egress;
using namespace anchorhold::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest = text_of(data, size);
    while (!rest.empty()) {
        const Pkt pkt = read_pkt(rest);
        if (pkt.state != ReadState::done)
            break;
        require(pkt.consumed >= 4 && pkt.consumed <= rest.size() && is_within(pkt.payload, rest),
                "a pkt lies in the buffer");
        if (pkt.kind == PktKind::data && !pkt.payload.empty()) {
            std::string out;
            write_pkt(out, pkt.payload);
            require(read_pkt(out).payload == pkt.payload, "what is written is read");
        }
        rest.remove_prefix(pkt.consumed);
    }
    return 0;
}
