// The life of a connection that came from the cell, from the dialled address to the last request.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "shield/egress/services.hpp"

namespace anchorhold::egress {

// `dialled` is where the agent wanted to go, before the firewall redirected it.
Task<> serve_connection(Services& services, Socket socket, asio::ip::tcp::endpoint dialled);

}  // namespace anchorhold::egress
