// Takes connections from a listening socket. When none can be taken for want of descriptors or memory it pauses, since
// a level-triggered loop would spin (epoll(7)); accept(2) lists the errors.
#pragma once

#include <sys/socket.h>

#include <functional>
#include <memory>
#include <string>

#include "base/event_loop.hpp"
#include "base/unique_fd.hpp"

namespace anchorhold {

class Acceptor {
  public:
    // The connection is non-blocking and close-on-exec. `peer` is its address as accept4(2) fills it in.
    using Take = std::function<void(UniqueFd connection, const sockaddr_storage& peer)>;

    // `what` names the other side in errors on stderr: "a browser". The loop must outlive the acceptor, and is stopped
    // with EXIT_FAILURE when no pause can be timed: a process that can neither accept nor wait is started anew.
    static Result<std::unique_ptr<Acceptor>> start(EventLoop& loop, UniqueFd listener, std::string what, Take take);
    Acceptor(const Acceptor&) = delete;
    Acceptor& operator=(const Acceptor&) = delete;

  private:
    Acceptor(EventLoop& loop, UniqueFd listener, std::string what, Take take)
        : loop_(loop), listener_(std::move(listener)), what_(std::move(what)), take_(std::move(take)) {}
    Result<> watch();
    void accept_all();
    void pause(int number);

    EventLoop& loop_;
    UniqueFd listener_;
    std::string what_;
    Take take_;
    Watch watch_;  // of the listener, or of the pause
};

}  // namespace anchorhold
