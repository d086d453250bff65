// How far the set-up of a child got before it failed. Travels as it is over a pipe that exec closes: smaller than
// PIPE_BUF, so whole or not at all.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.hpp"

namespace anchorhold::init {

// In the order in which a child takes them (child_steps.cpp).
enum class Stage : std::uint32_t {
    signals,
    session,
    limits,
    oom_score,
    namespaces,
    loopback,
    view,
    descriptors,
    apparmor,
    groups,
    bounding_set,
    securebits,
    user,
    capabilities,
    no_new_privs,
    directory,
    filters,
    exec,
};
[[nodiscard]] std::string_view name_of(Stage stage);

struct SetupFailure {
    Stage stage = Stage::signals;
    std::int32_t number = 0;         // errno
    std::array<char, 256> object{};  // what the step worked on
    std::array<char, 256> detail{};  // may be empty

    // Its `tried` is the stage's name.
    [[nodiscard]] Error error() const;
};

// What the child has written; nothing while it is being set up, and after exec. Never blocks.
[[nodiscard]] std::optional<SetupFailure> read_setup_failure(int pipe);

}  // namespace anchorhold::init
