// Every child of PID 1: its own by a fixed table, orphans by nothing but reaping. Driven by SIGCHLD.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>

#include "init/system/system.hpp"

namespace anchorhold::init {

class Children {
  public:
    static constexpr std::size_t kMaxWatched = 32;
    using OnEnd = std::function<void(const Death&)>;

    explicit Children(System& system) : system_(system) {}

    // The handler is called once, from act(). ENOSPC when the table is full: the child, which nobody would look after,
    // is killed.
    Result<> watch(Child child, OnEnd on_end);
    // ESRCH when it is no child of ours any more.
    Result<> signal(pid_t pid, int number);

    // Frees every zombie and marks ours. No allocation: a machine out of memory still reaps.
    void collect() noexcept;
    // Calls the handlers of those that collect() marked; a handler may start new children.
    void act();

  private:
    struct Slot {
        Child child;
        OnEnd on_end;
        std::optional<Ended> ended;
    };
    Slot* find(pid_t pid) noexcept;

    System& system_;
    std::array<Slot, kMaxWatched> slots_;
};

}  // namespace anchorhold::init
