// The rtnetlink(7) requests that init makes, for the uplink and for the cell's link, by libnl-route-3. The kernel
// answers at once; nobody else is waited for.
#pragma once

#include <netlink/netlink.h>

#include <string>

#include "base/error.hpp"
#include "base/freed.hpp"

namespace anchorhold::netlink {

using Socket = Owned<nl_sock, nl_socket_free>;

// To the network namespace that the caller is in; it stays there when the caller leaves.
Result<Socket> connect();

Result<int> index_of(const Socket& socket, const std::string& link);
Result<> raise_link(const Socket& socket, const std::string& link);
// `prefix`: address/length. No second of waiting for duplicate detection: who assigns it knows that it is the only one.
Result<> add_address(const Socket& socket, const std::string& link, const std::string& prefix);
Result<> add_default_route(const Socket& socket, const std::string& link, const std::string& gateway);

// With the errno behind libnl's own number, which is what people look up.
std::unexpected<Error> failed(std::string_view tried, const std::string& object, int code);

}  // namespace anchorhold::netlink
