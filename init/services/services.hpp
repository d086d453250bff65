// The shield's processes as data: what runs as whom, with which sockets and limits. supervise/ keeps them running.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "init/services/sockets.hpp"

namespace anchorhold::init {

// What its death means: `yes` closes the fence until it is READY again, `no` is told to the host and nothing more.
enum class Critical : std::uint8_t { no, yes };

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order in which people read the table
struct ServiceRow {
    std::string_view name;  // also of its cgroup, credentials directory and lines on the console
    std::string_view program;
    uid_t uid;
    std::span<const SocketRow> sockets;
    std::uint64_t memory_max;  // bytes
    std::uint64_t memory_min;  // bytes that reclaim never takes from the service
    unsigned tasks_max;
    unsigned cpu_weight;  // its share of the processors against the other services'; the kernel's default is 100
    Critical critical;
    std::string_view why;
};

// In the order in which they are started. While a critical one is not READY the fence is closed.
std::span<const ServiceRow> service_table();

// What init itself listens on.
std::span<const SocketRow> own_sockets();

inline constexpr int kShieldOomScore = -900;
inline constexpr std::string_view kShieldCgroup = "/sys/fs/cgroup/shield";

}  // namespace anchorhold::init
