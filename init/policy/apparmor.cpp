#include "init/policy/apparmor.hpp"

#include <cerrno>

namespace anchorhold::init {
namespace {

constexpr char kReplace[] = "/sys/kernel/security/apparmor/.replace";
constexpr std::size_t kMostPolicy = 16UL << 20;

}  // namespace

Result<> load_apparmor(System& system) {
    const std::string folder(kApparmorFolder);
    const auto names = system.list(folder);
    if (!names)
        return std::unexpected(names.error());
    if (names->empty())
        return fail("load AppArmor policy", folder, ENOENT, "the image holds no compiled profile; build it again");
    for (const std::string& name : *names) {
        std::string path = folder;
        path.append("/").append(name);
        const auto policy = system.read(path, kMostPolicy);
        if (!policy)
            return std::unexpected(policy.error());
        // The kernel takes one blob a write; it may hold several profiles.
        if (auto loaded = system.write(kReplace, *policy); !loaded)
            return fail("load AppArmor policy", path, loaded.error().number,
                        "was it compiled for this kernel's features? See /sys/kernel/security/apparmor/features");
    }
    return {};
}

}  // namespace anchorhold::init
