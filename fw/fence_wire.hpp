// What egress sends to init on /run/anchorhold/fence: one packet is one request, the answer is one OpenReply.
// Both ends are on one machine, so the layout is the native one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "base/encoding.hpp"
#include "base/error.hpp"

namespace anchorhold::fw {

struct OpenRequest {
    std::uint16_t family;                  // AF_INET or AF_INET6
    std::uint16_t port;                    // TCP, host byte order, not 0
    std::uint32_t seconds;                 // from now, 1 to kMaxOpening; asking again starts the time anew
    std::array<std::uint8_t, 16> address;  // network byte order; AF_INET fills the first four, the rest is zero
};

inline constexpr std::uint32_t kMaxOpening = 24 * 60 * 60;

// 0, or the errno that says why the fence did not open: EBADMSG a packet of another size, EINVAL a field out of its
// bounds, EPERM the fence is closed, or what nf_tables said.
using OpenReply = std::int32_t;

static_assert(sizeof(OpenRequest) == 24 && alignof(OpenRequest) == 4);
static_assert(offsetof(OpenRequest, port) == 2 && offsetof(OpenRequest, seconds) == 4 &&
              offsetof(OpenRequest, address) == 8);
static_assert(std::is_trivially_copyable_v<OpenRequest> && std::has_unique_object_representations_v<OpenRequest>);

// The receiving end's check of a packet: exact size, else EBADMSG; every field in its bounds, else EINVAL.
[[nodiscard]] Result<OpenRequest> read_open_request(ByteView packet);

}  // namespace anchorhold::fw
