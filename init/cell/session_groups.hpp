// The cgroups below the cell's own: one for the door (pid 1 of the cell, sshd, its processes before authentication and
// its monitors), and one for each login below `sessions`. What a session uses up, it does not take from the door or
// from the next login.
//
// Both callers are root of the cell in a cgroup namespace whose root is the cell's group, and reach the tree through a
// mount that root alone may write (workstation_view.cpp). The cell's own limits stay out of their reach: the namespace
// is a delegation boundary (mount option nsdelegate). Source: the kernel's admin-guide/cgroup-v2.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"

namespace anchorhold::cell {

inline constexpr char kGroups[] = "/run/anchorhold/groups";  // in the cell: the directory of the cell's own cgroup
inline constexpr char kNoGroups[] = "-";                     // a test image without them (guard `door`)
inline constexpr char kDoorGroup[] = "door";
inline constexpr char kSessionsGroup[] = "sessions";

// Tasks: of one login, and what the cell has beyond that for the next login and for the door.
inline constexpr std::uint64_t kSessionTasks = 4096;
inline constexpr std::uint64_t kNextLoginTasks = 256;
inline constexpr std::uint64_t kDoorTasks = 256;
inline constexpr std::uint64_t kCellTasks = kSessionTasks + kNextLoginTasks + kDoorTasks;

// Bytes that the sessions leave to the door, and reclaim never takes from it.
inline constexpr std::uint64_t kDoorMemory = 64ULL << 20;
inline constexpr std::uint64_t kDoorMemoryMin = 32ULL << 20;
// Bytes that one login leaves to the others.
inline constexpr std::uint64_t kNextLoginMemory = 64ULL << 20;

// The most that all sessions together and one of them may have of a cell with this limit, in bytes; at least half of
// what is above them.
[[nodiscard]] std::uint64_t sessions_memory(std::uint64_t cell);
[[nodiscard]] std::uint64_t session_memory(std::uint64_t sessions);

// For pid 1 of the cell while it is alone there: makes both groups and moves itself into the door's.
[[nodiscard]] Result<> make_groups(const std::string& groups);

// Moves the calling process into a new group among the sessions, and removes those of logins that are over.
[[nodiscard]] Result<> enter_session(const std::string& groups);

}  // namespace anchorhold::cell
