#include <string>

#include "base/testing/require.hpp"
#include "shield/http/http1_head.hpp"
#include "shield/http/http1_write.hpp"

using namespace anchorhold::egress;
using namespace anchorhold::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::string_view wire = text_of(data + 1, size - 1);
    const bool to_head = (data[0] & 1) != 0;
    static ResponseReader whole;
    static ResponseReader split;
    whole.reset(to_head);
    split.reset(to_head);
    const ReadState state = whole.read(wire);
    const std::size_t piece = data[0] / 2 % 32 + 1U;
    ReadState split_state = ReadState::need_more;
    for (std::size_t at = 0; split_state == ReadState::need_more && at < wire.size(); at += piece)
        split_state = split.read(wire.substr(0, at + piece));
    require(state == split_state, "the split does not matter");
    if (state == ReadState::refused)
        require(whole.refusal().status == 502 && !whole.refusal().sentence.empty(), "a refusal says why");
    if (state != ReadState::done)
        return 0;
    const ResponseHead& head = whole.head();
    require(head.body == split.head().body && whole.consumed() == split.consumed(), "framing");
    require(head.status >= 100 && head.status < 1000 && head.status != 101, "status");
    require(head.body.kind != BodyKind::until_close || !head.keep_alive, "a body until the end ends the connection");
    std::string out;
    require(write_response(out, head, {.body = head.body}), "it can be written");
    ResponseReader again(to_head);
    require(again.read(out) == ReadState::done && again.consumed() == out.size(), "what was written is read");
    require(again.head().status == head.status, "and is the same");
    return 0;
}
