// Logs an event that happens again and again at once the first time, and then by number. Pure: the caller brings the
// clock.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace anchorhold {

class Deduplicator {
  public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::seconds kInterval{10};  // between two records of the same event
    static constexpr std::size_t kMaxKeys = 1024;         // beyond so many different events all are forgotten

    // The event that `key` names has happened once more. Zero: suppress it now; otherwise log one record, which stands
    // for so many: this one and all that were suppressed since the last record.
    [[nodiscard]] std::int64_t should_log(const std::string& key, Clock::time_point now);

  private:
    struct Seen {
        Clock::time_point logged;  // the epoch: never
        std::int64_t suppressed = 0;
    };
    std::map<std::string, Seen> seen_;
};

}  // namespace anchorhold
