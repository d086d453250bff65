#include "fw/fence_wire.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace anchorhold::fw {

Result<OpenRequest> read_open_request(ByteView packet) {
    constexpr std::string_view tried = "read fence request";
    if (packet.size() != sizeof(OpenRequest))
        return fail(tried, "size", EBADMSG, std::to_string(packet.size()) + " bytes instead of 24");
    OpenRequest request{};
    std::memcpy(&request, packet.data(), sizeof request);
    if (request.family != AF_INET && request.family != AF_INET6)
        return fail(tried, "family", EINVAL, "neither AF_INET nor AF_INET6");
    if (request.family == AF_INET && std::ranges::any_of(request.address.begin() + 4, request.address.end(),
                                                         [](std::uint8_t byte) { return byte != 0; }))
        return fail(tried, "address", EINVAL, "bytes after the four of AF_INET are not zero");
    if (request.port == 0)
        return fail(tried, "port", EINVAL, "port 0 cannot be reached");
    if (request.seconds == 0 || request.seconds > kMaxOpening)
        return fail(tried, "seconds", EINVAL, "not within 1 to 86400");
    return request;
}

}  // namespace anchorhold::fw
