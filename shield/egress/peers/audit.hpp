// The auditor, as egress speaks to it: records numbered by us, sent in batches, kept until acknowledged, sent again
// after a reconnection. At most 256 wait for the disk; then requests wait. With no auditor nothing is allowed.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "shield/egress/io/signal.hpp"
#include "shield/egress/peers/link.hpp"

namespace anchorhold::egress {

inline constexpr std::size_t kAuditWindow = 256;

class Audit {
  public:
    Audit(Executor executor, const std::string& path) : executor_(executor), link_(executor, path) {}

    // For ever. `changed` is called when ready() is another.
    Task<> keep(std::function<void()> changed);

    [[nodiscard]] bool up() const { return link_.up(); }
    [[nodiscard]] bool ready() const { return link_.up() && failure_.empty(); }
    // Why not, as a clause.
    [[nodiscard]] std::string why_not() const;

    // Hands a record (canonical JSON text) over; waits while the window is full. An error when there is no auditor: the
    // act must not happen.
    Task<Result<>> record(std::string event);
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
    std::string failure_;             // what the auditor said when it could not write
    std::deque<std::string> events_;  // not yet acknowledged
    std::int64_t first_ = 1;          // number of events_.front()
    std::size_t sent_ = 0;            // of events_
    std::vector<Signal*> waiting_;
    bool flushing_ = false;  // at the end of this turn of the loop
};

}  // namespace anchorhold::egress
