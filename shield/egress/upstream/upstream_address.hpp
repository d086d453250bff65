// Which upstream addresses egress refuses to dial, whoever's name points to them. Pure.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <string_view>

namespace anchorhold::egress {

// Why this address is not a public one ("loopback"), or empty. IPv4 inside IPv6 (mapped, NAT64, 6to4) is judged as
// IPv4. Source: the IANA special-purpose registries (RFC 6890), multicast, and the clouds' metadata addresses among
// them.
[[nodiscard]] std::string_view not_public(const boost::asio::ip::address& address);

// Refused even where the profile says private = true: no server of anyone's is there, or it is the guest itself.
[[nodiscard]] bool never_upstream(const boost::asio::ip::address& address);

}  // namespace anchorhold::egress
