// Whatever a service says: its status is a bounded part of its message, and READY=1 stands there when it is taken so.
#include <cstdint>
#include <cstdlib>

#include "init/launch/notify_message.hpp"

using namespace anchorhold;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto message = init::read_notify_message(text);
    if (message.ready && !text.contains("READY=1"))
        std::abort();
    if (message.status && (message.status->size() > init::NotifyMessage::kMaxStatus || !text.contains(*message.status)))
        std::abort();
    return 0;
}
