// Init of features-of: prints what the running kernel's AppArmor enforces, as libapparmor writes it, and powers off.
#include <fcntl.h>
#include <sys/apparmor.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

int main() {
    mount("proc", "/proc", "proc", 0, nullptr);  // libapparmor looks there for what is mounted where
    mount("sysfs", "/sys", "sysfs", 0, nullptr);
    mount("securityfs", "/sys/kernel/security", "securityfs", 0, nullptr);
    aa_features* features = nullptr;
    constexpr char kFile[] = "/features";
    if (aa_features_new_from_kernel(&features) != 0 || aa_features_write_to_file(features, AT_FDCWD, kFile) != 0)
        std::perror("read the kernel's AppArmor features");
    // Each line is marked: firmware and kernel write to the same console.
    std::puts("");
    std::ifstream lines(kFile);
    for (std::string line; std::getline(lines, line);)
        std::printf("FEATURES %s\n", line.c_str());
    (void)std::fflush(stdout);
    reboot(RB_POWER_OFF);
}
