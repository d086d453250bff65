// The credential network.network.uplink: a subset of systemd.network(5). Pure; links.hpp acts on it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace anchorhold::init {

// Addresses in the form inet_ntop(3) writes.
struct Prefix {
    std::string address;
    unsigned length = 0;
    bool v6 = false;

    [[nodiscard]] std::string text() const { return address + "/" + std::to_string(length); }
};

struct Uplink {
    std::vector<Prefix> addresses;
    std::vector<std::string> gateways;
    std::vector<std::string> dns;
};

// [Network] Address= Gateway= DNS=, each repeatable. [Match] is passed over: there is one uplink and this is about it.
// Anything else is an error with its line number, rather than a setting that silently does nothing.
[[nodiscard]] Result<Uplink> parse_uplink(std::string_view text);

[[nodiscard]] inline bool is_v6(std::string_view address) {
    return address.contains(':');
}

}  // namespace anchorhold::init
