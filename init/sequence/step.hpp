// A step of a sequence: the boot, the way down. A table of them is the order, from top to bottom.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

#include "base/error.hpp"

namespace anchorhold::init {

using Done = std::function<void(Result<>)>;

template <class Subject>
struct Step {
    std::string_view name;
    void (*run)(Subject&, Done);  // calls `done` at once, or later when it needs a child or a wait
    std::string_view why;
    std::chrono::milliseconds budget{0};  // then the sequence goes on without it; 0: as long as it takes
};

// When a step was done, in microseconds of the clock that the sequence was given.
struct Stamp {
    std::string_view step;
    std::uint64_t microseconds = 0;
};

// For a step that is done when its function returns.
template <class Subject, Result<> (*work)(Subject&)>
void at_once(Subject& subject, Done done) {  // NOLINT(performance-unnecessary-value-param): the table's type
    done(work(subject));
}

}  // namespace anchorhold::init
