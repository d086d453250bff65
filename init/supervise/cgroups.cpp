#include "init/supervise/cgroups.hpp"

#include <sys/stat.h>

#include <cerrno>

namespace anchorhold::init {
namespace {

constexpr char kControllers[] = "+memory +pids +cpu +io";

Result<> limit(System& system, const std::string& directory, std::string_view key, std::uint64_t value) {
    return system.write(directory + "/" + std::string(key), std::to_string(value));
}

}  // namespace

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

Result<> make_cgroups(System& system, std::span<const ServiceRow> services) {
    const std::string shield(kShieldCgroup);
    constexpr Owner owner{.uid = 0, .gid = 0, .mode = 0755};
    if (auto on = system.write("/sys/fs/cgroup/cgroup.subtree_control", kControllers); !on)
        return on;
    if (auto made = system.make_directory(shield, owner); !made)
        return made;
    if (auto on = system.write(shield + "/cgroup.subtree_control", "+memory +pids +cpu"); !on)
        return on;
    std::uint64_t reserve = 0;
    for (const ServiceRow& service : services) {
        const std::string directory = cgroup_of(service.name);
        if (auto made = system.make_directory(directory, owner); !made)
            return made;
        if (auto set = limit(system, directory, "memory.max", service.memory_max); !set)
            return set;
        if (auto set = limit(system, directory, "memory.min", service.memory_min); !set)
            return set;
        if (auto set = limit(system, directory, "pids.max", service.tasks_max); !set)
            return set;
        if (auto set = limit(system, directory, "cpu.weight", service.cpu_weight); !set)
            return set;
        reserve += service.memory_min;
    }
    return limit(system, shield, "memory.min", reserve);
}

}  // namespace anchorhold::init
