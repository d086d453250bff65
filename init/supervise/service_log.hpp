// What services write to stdout and stderr, as lines on the console: named, bounded, never blocking either side.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/event_loop.hpp"
#include "init/report/report.hpp"
#include "init/system/system.hpp"

namespace anchorhold::init {

// Token bucket over bytes: a burst of 16 KiB, then 2 KiB a second. A serial console is slow and its reader pays for
// each byte.
class LineLimit {
  public:
    static constexpr std::uint64_t kBurst = 16UL * 1024;
    static constexpr std::uint64_t kPerSecond = 2UL * 1024;

    // `now` in microseconds. True when a line of that size may go out.
    bool take(std::size_t bytes, std::uint64_t now);
    // Lines refused since the last call.
    std::uint64_t take_dropped();

  private:
    std::uint64_t tokens_ = kBurst;
    std::uint64_t last_ = 0;
    std::uint64_t dropped_ = 0;
};

// Cuts a stream into lines of at most 1 KiB; a longer one goes on as a line of its own.
class LineCutter {
  public:
    void add(std::string_view bytes, const std::function<void(std::string_view)>& line);

  private:
    std::string rest_;
};

class ServiceLog {
  public:
    static Result<std::unique_ptr<ServiceLog>> create(EventLoop& loop, System& system, Report& report,
                                                      std::string name);
    // For the child's stdout and stderr.
    [[nodiscard]] int writer() const { return writer_.get(); }

  private:
    ServiceLog(System& system, Report& report, std::string name)
        : system_(system), report_(report), name_(std::move(name)) {}
    void readable();
    void print(std::string_view line);

    System& system_;
    Report& report_;
    std::string name_;
    UniqueFd reader_;
    UniqueFd writer_;  // kept open: the pipe never ends while services come and go
    Watch watch_;
    LineCutter cutter_;
    LineLimit limit_;
};

}  // namespace anchorhold::init
