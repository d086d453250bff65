// The agent's network: a namespace with `lo` and `eth0`, whose other end is `cell0` in the caller's namespace.
// Addresses as in docs/design.md, set over rtnetlink(7) by libnl; duplicate detection and router advertisements off.
#pragma once

#include <functional>

#include "base/error.hpp"
#include "base/unique_fd.hpp"

namespace anchorhold::cell {

// Makes both, replacing an older `cell0`, and returns the namespace. Everything is up when it returns; it waits for
// nobody but the kernel. Call it once at boot, after the firewall is in place and before the shield's sockets are bound
// to cell0's addresses; keep the descriptor for every (re)start of the cell, so that a restart does not take cell0
// away.
[[nodiscard]] Result<UniqueFd> make_network();

// Runs `work` in that namespace; the process is back in its own when this returns.
[[nodiscard]] Result<> inside_network(int space, const std::function<void()>& work);

}  // namespace anchorhold::cell
