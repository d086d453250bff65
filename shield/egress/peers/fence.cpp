#include "shield/egress/peers/fence.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "fw/fence_wire.hpp"
#include "shield/egress/io/deadlines.hpp"
#include "shield/egress/io/time_limit.hpp"
#include "shield/egress/io/time_limits.hpp"
#include "shield/message/channel.hpp"

namespace anchorhold::egress {
namespace {

fw::OpenRequest request_for(const asio::ip::address& address, std::uint16_t port, std::chrono::seconds lasting) {
    fw::OpenRequest request{};
    request.port = port;
    request.seconds = static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(lasting.count(), 1, static_cast<std::int64_t>(fw::kMaxOpening)));
    request.family = address.is_v4() ? AF_INET : AF_INET6;
    if (address.is_v4())
        std::ranges::copy(address.to_v4().to_bytes(), request.address.begin());
    else
        std::ranges::copy(address.to_v6().to_bytes(), request.address.begin());
    return request;
}

}  // namespace

// Held while asking; the next in line is woken when it goes.
class Fence::Turn {
  public:
    explicit Turn(Fence& fence) : fence_(fence) { fence_.asking_ = true; }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
        fence_.asking_ = false;
        if (!fence_.line_.empty())
            fence_.line_.front()->set();
    }

  private:
    Fence& fence_;
};

Task<Result<Fence::Opening>> Fence::open(asio::ip::address address, std::uint16_t port, std::chrono::seconds lasting) {
    if (asking_) {
        Signal mine(executor_);
        line_.push_back(&mine);
        while (asking_ || line_.front() != &mine)
            co_await mine.wait();
        line_.pop_front();
    }
    const Turn turn(*this);
    const auto now = Clock::now();
    std::erase_if(open_, [now](const auto& entry) { return entry.second <= now; });
    if (open_.contains({address, port}))
        co_return Opening::remembered;
    if (auto asked = co_await ask(address, port, lasting + kOpeningSpare); !asked)
        co_return std::unexpected(std::move(asked.error()));
    open_[{address, port}] = now + lasting;
    co_return Opening::asked;
}

Task<Result<>> Fence::ask(const asio::ip::address& address, std::uint16_t port, std::chrono::seconds lasting) {
    const std::string what = address.to_string() + " port " + std::to_string(port);
    auto fd = connect_channel(path_);
    if (!fd)
        co_return std::unexpected(std::move(fd.error()));
    Descriptor channel(executor_, fd->release());
    const fw::OpenRequest request = request_for(address, port, lasting);
    if (send(channel.native_handle(), &request, sizeof request, MSG_NOSIGNAL) < 0)
        co_return fail("ask the fence to open", what, errno);
    TimeLimit limit(executor_, kFencePatience, [&channel] { channel.cancel(); });
    auto [problem] = co_await channel.async_wait(Descriptor::wait_read, kAwait);
    (void)co_await limit.end();
    fw::OpenReply reply = ETIMEDOUT;
    if (!problem && recv(channel.native_handle(), &reply, sizeof reply, 0) != sizeof reply)
        reply = EPIPE;
    if (reply != 0)
        co_return fail("open the fence for", what, reply);
    co_return Result<>{};
}

}  // namespace anchorhold::egress
