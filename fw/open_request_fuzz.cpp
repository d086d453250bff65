// Packets from egress, which reads strangers' bytes all day.
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "fw/fence_wire.hpp"

using namespace anchorhold;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto request = fw::read_open_request({data, size});
    if (request && (size != sizeof *request || request->port == 0 || request->seconds == 0 ||
                    request->seconds > fw::kMaxOpening || (request->family != AF_INET && request->family != AF_INET6)))
        std::abort();
    return 0;
}
