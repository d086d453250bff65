#include "shield/console/client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>

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

std::string text_of_client(std::string_view client) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    std::array<char, 16> address{};
    std::ranges::copy(client.substr(0, address.size()), address.begin());
    if (client.size() == 4)
        return inet_ntop(AF_INET, address.data(), text.data(), text.size());
    if (client.size() == 8)
        return inet_ntop(AF_INET6, address.data(), text.data(), text.size()) + std::string("/64");
    return "unknown";
}

}  // namespace anchorhold::console
