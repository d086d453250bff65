// Keeps services running: starts them, knows when each is READY, starts them again after a growing pause, and tells at
// once when a guard is lost. What to do about a lost guard is the caller's.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/backoff.hpp"
#include "base/event_loop.hpp"
#include "init/sequence/timers.hpp"
#include "init/supervise/children.hpp"

namespace anchorhold::init {

struct Supervised {
    std::string name;
    bool guard = false;  // while one of these is not READY the fence is closed
    std::function<Result<Child>()> start;
};

class Supervisor {
  public:
    struct Callbacks {
        std::function<void(std::string_view service)> ready;
        // It ended, could not start, or was too slow; `why` is for people. Called before the pause until its next start
        // begins.
        std::function<void(std::string_view service, std::string_view why)> lost;
    };
    // Under an emulator without KVM a start takes seconds; a minute and a half is a hang.
    static constexpr std::chrono::seconds kPatience{90};

    // `timers`: one that cannot be made fails shut, so that no service stays dead unsaid.
    Supervisor(System& system, Children& children, const Timers& timers, Callbacks callbacks)
        : system_(system), children_(children), timers_(timers), callbacks_(std::move(callbacks)) {}

    void start(Supervised service);
    // A datagram from the notify socket; its pid is the kernel's word. One from anyone but a service's main process is
    // nothing.
    void notified(pid_t pid, std::string_view text);

    // From now on nothing is started again.
    void stop_restarting();
    // Whether there was a process to signal.
    bool signal(std::string_view service, int number);
    // Of its main process; -1 for none.
    [[nodiscard]] pid_t pid(std::string_view service) const;
    [[nodiscard]] bool running(std::string_view service) const;
    [[nodiscard]] bool guard(std::string_view service) const;
    // Every guard that was started is READY, and there is at least one.
    [[nodiscard]] bool guards_ready() const;
    [[nodiscard]] bool ready(std::string_view service) const;
    // Its deaths without a stable run in between.
    [[nodiscard]] unsigned tries(std::string_view service) const;
    // The last STATUS= it sent.
    [[nodiscard]] std::string status(std::string_view service) const;

  private:
    struct Entry {
        Supervised service;
        pid_t pid = -1;
        bool ready = false;
        std::uint64_t started = 0;  // microseconds
        std::string status;
        Backoff backoff;
        Watch timer;  // until READY, or until the next start
    };

    void launch(Entry& entry);
    void died(Entry& entry, const std::string& why);
    void expect_ready(Entry& entry);
    [[nodiscard]] const Entry* find(std::string_view service) const;

    System& system_;
    Children& children_;
    const Timers& timers_;
    Callbacks callbacks_;
    bool restarting_ = true;
    std::vector<std::unique_ptr<Entry>> entries_;  // handlers keep references
};

}  // namespace anchorhold::init
