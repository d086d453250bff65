#include "init/policy/apparmor.hpp"

#include <cerrno>

namespace anchorhold::init {
namespace {

constexpr char kReplace[] = "/sys/kernel/security/apparmor/.replace";
constexpr std::size_t kMaxPolicy = 16UL << 20;

}  // namespace

Result<> load_apparmor(System& system) {
    const std::string directory(kApparmorDirectory);
    const auto names = system.list(directory);
    if (!names)
        return std::unexpected(names.error());
    if (names->empty())
        return fail("load AppArmor policy", directory, ENOENT, "the image holds no compiled profile; build it again");
    for (const std::string& name : *names) {
        std::string path = directory;
        path.append("/").append(name);
        const auto policy = system.read(path, kMaxPolicy);
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
