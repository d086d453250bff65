#include "init/policy/sysctls.hpp"

#include <string>

namespace anchorhold::init {
namespace {

constexpr std::size_t kMostValue = 4096;

std::string shown(std::string value) {
    while (!value.empty() && value.back() == '\n')
        value.pop_back();
    return value;
}

}  // namespace

void set_sysctls(System& system, std::span<const SysctlRow> table, Report& report) {
    for (const SysctlRow& row : table) {
        const std::string path = "/proc/sys/" + std::string(row.key);
        if (auto set = system.write(path, std::string(row.value) + "\n"); !set) {
            report.degraded("set sysctl: " + set.error().text());
            continue;
        }
        const auto now = system.read(path, kMostValue);
        if (!now)
            report.degraded("read sysctl back: " + now.error().text());
        else if (shown(*now) != row.value)
            report.degraded("sysctl " + path + " is '" + shown(*now) + "' though '" + std::string(row.value) +
                            "' was set");
    }
}

}  // namespace anchorhold::init
