// /run/anchorhold/fence: egress asks for an address and port to be let out, init answers with an errno. Only egress'
// uid is heard; a packet has a fixed size (fw/fence_wire.hpp), and fw::read_open_request judges it.
#pragma once

#include <sys/types.h>

#include <array>
#include <functional>

#include "base/event_loop.hpp"
#include "base/unique_fd.hpp"
#include "fw/fence_wire.hpp"

namespace anchorhold::init {

class FenceServer {
  public:
    using Open = std::function<fw::OpenReply(const fw::OpenRequest&)>;
    static constexpr std::size_t kMaxPeers = 4;

    // The listener stays the caller's.
    static Result<std::unique_ptr<FenceServer>> create(EventLoop& loop, int listener, uid_t only, Open open);

  private:
    struct Peer {
        UniqueFd fd;
        Watch watch;
    };
    FenceServer(EventLoop& loop, int listener, uid_t only, Open open)
        : loop_(loop), listener_(listener), only_(only), open_(std::move(open)) {}
    void accept_one();
    void answer(Peer& peer);

    EventLoop& loop_;
    int listener_;
    uid_t only_;
    Open open_;
    Watch watch_;
    std::array<Peer, kMaxPeers> peers_;
};

}  // namespace anchorhold::init
