// One path, and everything that servers make of it: the one notion of the laxest server. What is read in two ways is
// judged in both (decide.hpp), and nothing is refused for being odd alone.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace anchorhold::profile {

inline constexpr std::size_t kMaxReadings = 48;

struct Reading {
    std::string path;
    std::string uncut;  // the same with its parameters, where only they were cut off; else empty
    std::string how;    // for a reason: "%2f as a slash, dot segments resolved"
};

// The readings of a path of decoded_path() besides itself: what any servers in any order, a proxy before an
// application, may make of it. The error is a clause for a reason: it climbs above the root, hides a control character,
// or has more readings than anybody can judge.
[[nodiscard]] std::expected<std::vector<Reading>, std::string> other_readings(std::string_view path);

// Other names under which many servers serve what `path` names: without slashes at its end, without ".json" and the
// like. Rules that deny or ask are held against these too. At most six, `path` not among them.
[[nodiscard]] std::vector<std::string_view> aliases(std::string_view path);

}  // namespace anchorhold::profile
