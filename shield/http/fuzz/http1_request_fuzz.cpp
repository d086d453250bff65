// A head reads the same however it is split, its views stay in the buffer, and what is written anew is read again.
#include <memory>
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
    static RequestReader whole;
    static RequestReader split;
    whole.reset();
    split.reset();
    const ReadState state = whole.read(wire);

    const std::size_t piece = data[0] % 32 + 1U;
    ReadState split_state = ReadState::need_more;
    for (std::size_t at = 0; split_state == ReadState::need_more && at < wire.size(); at += piece) {
        // A copy of its own size, so that a read beyond it is seen.
        const std::unique_ptr<char[]> copy(new char[std::min(at + piece, wire.size())]);
        const std::string_view seen(copy.get(), std::min(at + piece, wire.size()));
        wire.copy(copy.get(), seen.size());
        split_state = split.read(seen);
        if (split_state == ReadState::done)
            for (const Field& field : split.head().fields())
                require(is_within(field.name, seen) && is_within(field.value, seen), "fields lie in the buffer");
    }
    require(state == split_state, "the split does not matter");
    if (state == ReadState::refused)
        require(whole.refusal().status >= 400 && !whole.refusal().sentence.empty(), "a refusal says why");
    if (state != ReadState::done)
        return 0;
    const RequestHead& head = whole.head();
    require(whole.consumed() <= wire.size() && whole.consumed() == split.consumed(), "consumed");
    require(head.body == split.head().body && head.fields().size() == split.head().fields().size(), "framing");
    require(is_within(head.method, wire) && is_within(head.target, wire) && is_within(head.host, head.authority),
            "views");
    require(!head.target.empty() && head.target.front() == '/', "target");
    require(!head.host.empty() || head.minor_version == 0, "host");
    std::string out;
    const std::string_view authority = head.host.empty() ? "a.test" : head.authority;
    require(write_request(out, head, authority, {.body = head.body}), "it can be written");
    RequestReader again;
    require(again.read(out) == ReadState::done && again.consumed() == out.size(), "what was written is read");
    require(again.head().target == head.target && again.head().body == head.body, "and is the same");
    return 0;
}
