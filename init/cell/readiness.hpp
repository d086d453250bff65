// What pid 1 of the cell tells init, once, as a Told (told.hpp): that an agent can work here and sshd answers, or why
// not. sshd says READY=1 (sd_notify(3)) on a socket that only root of the cell reaches.
#pragma once

#include "base/error.hpp"
#include "base/unique_fd.hpp"

namespace anchorhold::cell {

inline constexpr int kReadyFd = 4;  // of cell-reaper: a pipe's write end, or closed when nobody waits
inline constexpr char kNotifySocket[] = "/run/sshd/notify";

// To init, if it waits; what is not told is that sshd answers.
void tell_init(const Error& error);

class Readiness {
  public:
    // Does nothing, for ever, when kReadyFd is closed. Else takes it over, and sets NOTIFY_SOCKET for the children.
    [[nodiscard]] static Result<Readiness> create();

    // To poll(2) for POLLIN; -1 when there is nothing to wait for.
    [[nodiscard]] int descriptor() const { return socket_.get(); }
    // A datagram is there. Once it says READY=1 init is told and all is closed.
    void receive();

  private:
    UniqueFd socket_;
    UniqueFd init_;
};

}  // namespace anchorhold::cell
