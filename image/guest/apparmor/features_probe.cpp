// Init of features-of: prints /sys/kernel/security/apparmor/features, directories as `name {...}`, and powers off.
#include <sys/mount.h>
#include <sys/reboot.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

std::string show(const std::filesystem::path& path) {
    if (!std::filesystem::is_directory(path)) {
        std::ostringstream text;
        text << std::ifstream(path).rdbuf();
        return text.str();
    }
    std::vector<std::filesystem::path> names;
    for (const auto& entry : std::filesystem::directory_iterator(path))
        names.push_back(entry.path());
    std::ranges::sort(names);
    std::string text;
    for (const auto& name : names)
        text += name.filename().string() + " {" + show(name) + "}\n";
    return text;
}

}  // namespace

int main() {
    mount("sysfs", "/sys", "sysfs", 0, nullptr);
    mount("securityfs", "/sys/kernel/security", "securityfs", 0, nullptr);
    std::istringstream lines(show("/sys/kernel/security/apparmor/features"));
    // Each line is marked: firmware and kernel write to the same console.
    std::puts("");
    for (std::string line; std::getline(lines, line);)
        std::printf("FEATURES %s\n", line.c_str());
    (void)std::fflush(stdout);
    reboot(RB_POWER_OFF);
}
