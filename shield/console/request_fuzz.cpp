// What a stranger can send: a head, judged, and a body, made into a message for the gatekeeper.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/encoding.hpp"
#include "shield/console/gate_message.hpp"
#include "shield/console/routes.hpp"

using namespace anchorhold;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto origins = parse_origins(kDefaultOrigin);
    const auto text = as_text({data, size});
    egress::RequestReader reader;
    if (reader.read(text) != egress::ReadState::done)
        return 0;
    const auto route = console::judge(reader.head(), *origins);
    if (!route || (*route)->handler != console::Handler::call)
        return 0;
    const auto body = text.substr(reader.consumed(), reader.head().body.length);
    const auto message = console::gate_message(
        (*route)->name, 1, body, {.origin = origins->front().text, .session = console::session_of(body), .client = {}});
    // Whatever the page may send, the channel must be able to carry.
    if (message && !canonical(*message))
        std::abort();
    return 0;
}
