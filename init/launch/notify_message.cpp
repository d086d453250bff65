#include "init/launch/notify_message.hpp"

#include <algorithm>

namespace anchorhold::init {

NotifyMessage read_notify_message(std::string_view text) {
    constexpr std::string_view kStatus = "STATUS=";
    NotifyMessage out;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        out.ready = out.ready || line == "READY=1";
        if (line.starts_with(kStatus))
            out.status = line.substr(kStatus.size(), NotifyMessage::kMaxStatus);
    }
    return out;
}

}  // namespace anchorhold::init
