// One peer on a channel (channel.hpp), on an EventLoop: hands on whole messages, sends in order, and holds what the
// peer does not read yet. A secret goes out of the memory that keeps it, and is never queued.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/event_loop.hpp"
#include "shield/message/channel.hpp"

namespace anchorhold {

class ChannelConnection {
  public:
    struct Handlers {
        std::function<void(json::object&&)> message;
        // The end: empty when the peer closed, else what it did wrong. The connection may be destroyed in here.
        std::function<void(std::string problem)> closed;
        // What was queued has been written.
        std::function<void()> drained = {};
    };
    static constexpr std::size_t kMaxQueued = 256;

    // `max_queued`: messages that may wait for a peer which does not read.
    static Result<std::unique_ptr<ChannelConnection>> open(EventLoop& loop, UniqueFd fd, Handlers handlers,
                                                           std::size_t max_queued = kMaxQueued);
    ChannelConnection(const ChannelConnection&) = delete;
    ChannelConnection& operator=(const ChannelConnection&) = delete;

    // A peer that lets `max_queued` messages pile up is cut off; it sees the end, and so does closed(). `secret`, if
    // any, is a packet of its own right behind; it must stay where it is as long as the connection.
    void send(const json::object& message, std::span<const char> secret = {});
    void send(std::string packet, std::span<const char> secret = {});
    // Only the newest matters: one that still waits is replaced.
    void send_latest(const json::object& message);

    // Nothing waits for the peer to read.
    [[nodiscard]] bool drained() const { return queue_.empty() && !latest_; }

  private:
    ChannelConnection(EventLoop& loop, UniqueFd fd, Handlers handlers, std::size_t max_queued)
        : loop_(loop), fd_(std::move(fd)), handlers_(std::move(handlers)), max_queued_(max_queued) {}
    Result<> watch(bool also_writing);
    void receive();
    void flush();
    bool write(std::span<const char> packet);
    void cut_off();

    EventLoop& loop_;
    UniqueFd fd_;
    Handlers handlers_;
    std::size_t max_queued_;
    struct Packet {
        std::string text;
        std::span<const char> secret = {};
    };
    std::deque<Packet> queue_;
    std::optional<std::string> latest_;
    Watch watch_;
    bool writing_ = false;
};

}  // namespace anchorhold
