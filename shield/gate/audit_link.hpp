// The way to the auditor: records in order, each answered for once it is on disk. While there is no auditor, or it
// cannot write, nothing is allowed.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "base/event_loop.hpp"
#include "shield/message/channel.hpp"

namespace anchorhold::gate {

class AuditLink {
  public:
    using Durable = std::function<void(const Result<>&)>;
    struct Handlers {
        // Tells, as the first record of a connection, that gate is there. The link is up when that is on disk.
        std::function<json::object()> greeting;
        std::function<void()> up;
        std::function<void()> down;
    };
    static constexpr std::size_t kMaxWaiting = 512;

    AuditLink(EventLoop& loop, std::string path, Handlers handlers);
    void start() { connect(); }

    [[nodiscard]] bool up() const { return up_; }
    [[nodiscard]] const std::string& why_not() const { return why_not_; }  // a clause, while not up

    // `durable` is called once: when the record is on disk, or with an error when the link is lost before that is
    // known.
    void record(json::object event, Durable durable);
    // One that nothing waits for. It is kept over a lost link; beyond kMaxWaiting of them the oldest goes, and how
    // many went is told in the next greeting.
    void note(json::object event);
    [[nodiscard]] std::size_t dropped() const { return dropped_; }

  private:
    struct Item {
        json::object event;
        Durable durable;
    };
    void connect();
    Result<> watch(bool also_writing);
    void receive();
    void acknowledge(std::int64_t upto);
    void lose(std::string why);
    void flush();

    EventLoop& loop_;
    std::string path_;
    Handlers handlers_;
    UniqueFd fd_;
    Watch watch_;
    bool writing_ = false;
    Watch retry_;
    std::chrono::milliseconds delay_;
    bool up_ = false;
    std::string why_not_ = "the auditor is not connected yet";
    std::deque<Item> items_;
    std::size_t sent_ = 0;    // of items_
    std::int64_t first_ = 1;  // the number of items_.front()
    std::size_t dropped_ = 0;
};

}  // namespace anchorhold::gate
