#include "init/services/cgroups.hpp"

#include <sys/stat.h>

#include <cerrno>

namespace anchorhold::init {

std::string cgroup_of(std::string_view service) {
    return std::string(kShieldCgroup) + "/" + std::string(service);
}

Result<fw::Cgroup> find_cgroup(std::string_view service) {
    constexpr std::uint32_t kLevel = 2;  // the root, "shield", the service
    const std::string directory = cgroup_of(service);
    struct stat found{};
    if (stat(directory.c_str(), &found) < 0)
        return fail("find cgroup", directory, errno);
    return fw::Cgroup{.number = found.st_ino, .level = kLevel};
}

std::vector<CgroupRow> cgroup_rows(std::span<const ServiceRow> services) {
    std::uint64_t reserve = 0;
    for (const ServiceRow& service : services)
        reserve += service.memory_min;
    std::vector<CgroupRow> rows{
        {.path = "/sys/fs/cgroup", .controllers = "+memory +pids +cpu +io"},
        {.path = std::string(kShieldCgroup), .limits = {{"memory.min", reserve}}, .controllers = "+memory +pids +cpu"},
    };
    for (const ServiceRow& service : services)
        rows.push_back({.path = cgroup_of(service.name),
                        .limits = {{"memory.max", service.memory_max},
                                   {"memory.min", service.memory_min},
                                   {"pids.max", service.tasks_max},
                                   {"cpu.weight", service.cpu_weight}}});
    return rows;
}

}  // namespace anchorhold::init
