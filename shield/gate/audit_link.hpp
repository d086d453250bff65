// The way to the auditor: records in order, each answered for once it is on disk. While there is no auditor, or it
// cannot write, nothing is allowed.
#pragma once

#include <functional>
#include <string>

#include "shield/message/channel_client.hpp"
#include "shield/message/outbox.hpp"

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
    void start() { client_.start(); }

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
    void greet();
    Result<> receive(const json::object& message);
    void lost(const std::string& why);
    void flush();

    Handlers handlers_;
    ChannelClient client_;
    bool up_ = false;
    std::string why_not_ = "the auditor is not connected yet";
    std::string failure_;  // what the auditor said when it could not write
    Outbox<Item> outbox_;
    std::size_t dropped_ = 0;
};

}  // namespace anchorhold::gate
