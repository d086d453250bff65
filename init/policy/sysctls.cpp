#include "init/policy/sysctls.hpp"

#include <string>

namespace anchorhold::init {
namespace {

constexpr std::size_t kMaxValue = 4096;

std::string shown(std::string value) {
    while (!value.empty() && value.back() == '\n')
        value.pop_back();
    return value;
}

void set(System& system, const std::string& path, std::string_view value, Report& report) {
    if (auto written = system.write(path, std::string(value) + "\n"); !written)
        return report.degraded("set sysctl: " + written.error().text());
    const auto now = system.read(path, kMaxValue);
    if (!now)
        report.degraded("read sysctl back: " + now.error().text());
    else if (shown(*now) != value)
        report.degraded("sysctl " + path + " is '" + shown(*now) + "' though '" + std::string(value) + "' was set");
}

}  // namespace

void set_sysctls(System& system, std::span<const SysctlRow> table, Report& report) {
    constexpr std::string_view kDefault = "/conf/default/";
    for (const SysctlRow& row : table) {
        const std::string path = "/proc/sys/" + std::string(row.key);
        set(system, path, row.value, report);
        const std::size_t at = path.find(kDefault);
        if (at == std::string::npos)
            continue;
        const std::string directory = path.substr(0, at) + "/conf";
        for (const std::string& link : system.names_in(directory)) {
            if (link != "all" && link != "default")
                set(system, directory + "/" + link + "/" + path.substr(at + kDefault.size()), row.value, report);
        }
    }
}

}  // namespace anchorhold::init
