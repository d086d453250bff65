// The auditor, as egress speaks to it: records numbered by us, sent in batches, kept until acknowledged, sent again
// after a reconnection. At most 256 wait for the disk; then requests wait. With no auditor nothing is allowed.
#pragma once

#include <string>
#include <vector>

#include "base/deduplicator.hpp"
#include "base/log_limiter.hpp"
#include "shield/egress/io/failure.hpp"
#include "shield/egress/io/signal.hpp"
#include "shield/egress/peers/link.hpp"
#include "shield/message/outbox.hpp"

namespace anchorhold::egress {

inline constexpr std::size_t kAuditWindow = 256;

class Audit {
  public:
    Audit(Executor executor, const std::string& path) : executor_(executor), link_(executor, path) {}

    // Runs until the process ends. `changed` is called when ready() is another.
    Task<> run(std::function<void()> changed);

    [[nodiscard]] bool up() const { return link_.up(); }
    [[nodiscard]] bool ready() const { return link_.up() && failure_.empty(); }
    // Why not, as a clause.
    [[nodiscard]] std::string why_not() const;

    // Hands a record (canonical JSON text) over; waits while the window is full. The failure: auditor_gone, and the act
    // must not happen.
    Task<Attempt<>> record(std::string event);
    // For questions and connections that are refused anyway: never waits, is lost where there is no room.
    void note(std::string event);

  private:
    void flush();
    void send_batch();
    void acknowledge(std::int64_t upto);
    void receive(const json::object& message);
    void wake();
    Task<> retry();
    // Until ready() is false at the latest.
    Task<> wait_while(std::function<bool()> blocked);

    Executor executor_;
    Link link_;
    std::function<void()> changed_;
    std::string failure_;  // what the auditor said when it could not write
    Outbox<std::string> outbox_;
    std::vector<Signal*> waiting_;
    bool flushing_ = false;  // at the end of this turn of the loop
};

// Refusals of one class (queries, connections) as they are logged: what is the same again by number, and bounded what
// is not.
class RefusalLog {
  public:
    // How many to log now, `key` naming what is the same again; zero: none.
    [[nodiscard]] std::int64_t should_log(const std::string& key) {
        const auto now = Clock::now();
        const auto again = deduplicator_.should_log(key, now);
        return again > 0 ? limiter_.should_log(again, now) : 0;
    }

  private:
    Deduplicator deduplicator_;
    LogLimiter limiter_;
};

}  // namespace anchorhold::egress
