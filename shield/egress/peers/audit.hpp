// The auditor, as egress speaks to it: records numbered by us, sent in batches, kept until acknowledged, sent again
// after a reconnection. At most 256 wait for the disk; then requests wait. With no auditor nothing is allowed.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "shield/audit/flood.hpp"
#include "shield/egress/io/failure.hpp"
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
    std::string failure_;             // what the auditor said when it could not write
    std::deque<std::string> events_;  // not yet acknowledged
    std::int64_t first_ = 1;          // number of events_.front()
    std::size_t sent_ = 0;            // of events_
    std::vector<Signal*> waiting_;
    bool flushing_ = false;  // at the end of this turn of the loop
};

// The same thing again and again, told once and then by number: first at once, then at most one record in 10 s.
class Repetitions {
  public:
    // Zero: say nothing now. Otherwise how many there were since the last record.
    std::int64_t count(const std::string& key, Clock::time_point now);

  private:
    struct Seen {
        Clock::time_point told;
        std::int64_t since = 0;
    };
    std::map<std::string, Seen> seen_;
};

// Refusals of one class (queries, connections) as they are told: what is the same again by number, and no flood of what
// is not.
class RefusalTally {
  public:
    // How many to tell of now, `key` naming what is the same again; zero: none.
    [[nodiscard]] std::int64_t count(const std::string& key) {
        const auto now = Clock::now();
        const auto seen = repetitions_.count(key, now);
        return seen > 0 ? flood_.count(seen, now) : 0;
    }

  private:
    Repetitions repetitions_;
    audit::Flood flood_;
};

}  // namespace anchorhold::egress
