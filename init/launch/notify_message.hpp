// What a service says of itself, by sd_notify(3): lines of NAME=value. The one reader of it, for PID 1 and for pid 1 of
// the cell. Pure; any bytes will do.
#pragma once

#include <optional>
#include <string_view>

namespace anchorhold::init {

struct NotifyMessage {
    bool ready = false;  // one whole line is READY=1; READY=10 and NOT_READY=1 are not
    // The last STATUS=, at most kMaxStatus bytes of it; a part of the message.
    std::optional<std::string_view> status;

    static constexpr std::size_t kMaxStatus = 256;
};
[[nodiscard]] NotifyMessage read_notify_message(std::string_view text);

}  // namespace anchorhold::init
