// /run/anchorhold/fence: egress asks for an address and port to be let out, init answers with an errno. Only egress'
// uid is heard; a packet has a fixed size (fw/fence_wire.hpp), and fw::read_open_request judges it.
#pragma once

#include <sys/types.h>

#include <array>
#include <functional>

#include "base/event_loop.hpp"
#include "base/unique_fd.hpp"
#include "fw/fence_wire.hpp"
#include "init/sequence/timers.hpp"

namespace anchorhold::init {

class FenceServer {
  public:
    struct Callbacks {
        std::function<fw::OpenReply(const fw::OpenRequest&)> open;
        // A connection was not taken. Told once until one is again; the server tries again after kPause.
        std::function<void(const Error&)> failed;
    };
    static constexpr std::size_t kMaxPeers = 4;
    static constexpr std::chrono::milliseconds kPause{100};

    // Listener and timers stay the caller's.
    static Result<std::unique_ptr<FenceServer>> create(EventLoop& loop, const Timers& timers, int listener, uid_t only,
                                                       Callbacks callbacks);

  private:
    struct Peer {
        UniqueFd fd;
        Watch watch;
    };
    FenceServer(EventLoop& loop, const Timers& timers, int listener, uid_t only, Callbacks callbacks)
        : loop_(loop), timers_(timers), listener_(listener), only_(only), callbacks_(std::move(callbacks)) {}
    Result<> listen();
    void accept_one();
    [[nodiscard]] Result<> take(UniqueFd fd);
    void pause(const Error& error);
    void answer(Peer& peer);

    EventLoop& loop_;
    const Timers& timers_;
    int listener_;
    uid_t only_;
    Callbacks callbacks_;
    Watch watch_;
    Watch pause_;
    bool told_ = false;
    std::array<Peer, kMaxPeers> peers_;
};

}  // namespace anchorhold::init
