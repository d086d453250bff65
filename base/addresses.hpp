// The machine's ports and the addresses of the cell's link (docs/design.md, "Addresses"). image/guest/postinst names
// the resolver, kShieldEnd, once more: base-test compares.
#pragma once

#include <cstdint>
#include <string_view>

namespace anchorhold {

inline constexpr std::uint16_t kEgressPort = 15001;  // egress, on cell0; the fence redirects the agent's TCP to it
inline constexpr std::uint16_t kDnsPort = 53;        // egress' resolver, on cell0; and the real ones, upstream
inline constexpr std::uint16_t kConsolePort = 8711;  // the page, from the uplink; also in kDefaultOrigin
inline constexpr std::uint16_t kSshPort = 22;        // a person comes in, from the uplink

inline constexpr std::string_view kShieldLink = "cell0";  // the shield's end of the veth, in the root namespace
inline constexpr std::string_view kCellLink = "eth0";     // the other one, in the cell

// All of these lie in what shield/egress/upstream/upstream_address.cpp never lets a listed name have upstream.
struct BothFamilies {
    std::string_view v4;
    std::string_view v6;
};
inline constexpr BothFamilies kLinkLength{"/30", "/126"};                         // of both ends
inline constexpr BothFamilies kShieldEnd{"198.18.0.1", "fd61:6e63:686f::1"};      // the cell's resolver and gateway
inline constexpr BothFamilies kCellEnd{"198.18.0.2", "fd61:6e63:686f::2"};        // the agent
inline constexpr BothFamilies kRefusal{"198.18.0.5", "fd61:6e63:686f:1::5"};      // every unlisted name: told why
inline constexpr BothFamilies kFirstName{"198.18.1.0", "fd61:6e63:686f:1::1:0"};  // stand for listed names, one each, …
inline constexpr BothFamilies kLastName{"198.19.255.255", "fd61:6e63:686f:1::1:ffff"};  // … to here

}  // namespace anchorhold
