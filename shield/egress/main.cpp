// The agent's way out: the only process that may reach the uplink.
#include <cstdio>

#include "shield/egress/egress.hpp"

namespace {

anchorhold::Result<> start() {
    if (auto ok = anchorhold::egress::harden(); !ok)
        return ok;
    auto sockets = anchorhold::egress::sockets_from_init();
    if (!sockets)
        return std::unexpected(sockets.error());
    return anchorhold::egress::run(anchorhold::egress::settings_from_environment(), std::move(*sockets));
}

}  // namespace

int main() {
    if (const auto done = start(); !done) {
        std::fprintf(stderr, "egress: %s\n", done.error().text().c_str());
        return 1;
    }
    return 0;
}
