#include "shield/console/client.hpp"

#include <netinet/in.h>

namespace anchorhold::console {

std::string client_of(const sockaddr_storage& peer) {
    if (peer.ss_family == AF_INET) {
        const auto& address = reinterpret_cast<const sockaddr_in&>(peer).sin_addr;
        return {reinterpret_cast<const char*>(&address), sizeof address};
    }
    if (peer.ss_family != AF_INET6)
        return {};
    const auto& address = reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr;
    const auto* bytes = reinterpret_cast<const char*>(&address);
    if (IN6_IS_ADDR_V4MAPPED(&address))
        return {bytes + 12, 4};
    return {bytes, 8};
}

}  // namespace anchorhold::console
