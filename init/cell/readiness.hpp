// How pid 1 of the cell tells init that sshd answers: sshd says READY=1 (sd_notify(3)) on a socket that only root of
// the cell reaches, and one byte goes to init.
#pragma once

#include "base/error.hpp"
#include "base/unique_fd.hpp"

namespace anchorhold::cell {

inline constexpr int kReadyFd = 4;  // of cell-reaper: a pipe's write end, or closed when nobody waits
inline constexpr char kNotifySocket[] = "/run/sshd/notify";

class Readiness {
  public:
    // Does nothing, for ever, when kReadyFd is closed. Else takes it over, and sets NOTIFY_SOCKET for the children.
    [[nodiscard]] static Result<Readiness> create();

    // To poll(2) for POLLIN; -1 when there is nothing to wait for.
    [[nodiscard]] int descriptor() const { return socket_.get(); }
    // A datagram is there. Once it says READY=1 the byte is written and all is closed.
    void receive();

  private:
    UniqueFd socket_;
    UniqueFd init_;
};

}  // namespace anchorhold::cell
