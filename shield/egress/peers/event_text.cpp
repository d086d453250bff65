#include "shield/egress/peers/event_text.hpp"

#include <unistd.h>

#include <array>

namespace anchorhold::egress {
namespace {

const std::string& workstation() {
    static const std::string name = [] {
        std::array<char, 256> buffer{};
        return std::string(gethostname(buffer.data(), buffer.size() - 1) == 0 ? buffer.data() : "");
    }();
    return name;
}

}  // namespace

audit::Common common_facts(audit::Outcome outcome, std::string_view reason, std::int64_t count) {
    audit::Common made;
    made.time = audit::now_ms();
    made.workstation = workstation();
    made.outcome = outcome;
    made.reason = reason;
    made.count = count;
    return made;
}

// The events are made of checked text and integers, which always have a canonical form.
std::string text_of(const json::object& event) {
    return canonical(event).value_or("{}");
}

}  // namespace anchorhold::egress
