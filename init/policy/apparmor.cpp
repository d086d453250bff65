#include "init/policy/apparmor.hpp"

#include <cerrno>

namespace anchorhold::init {
namespace {

constexpr std::size_t kMaxPolicy = 16UL << 20;

}  // namespace

Result<> load_apparmor(System& system) {
    const std::string directory(kApparmorDirectory);
    const auto names = system.list(directory);
    if (!names)
        return std::unexpected(names.error());
    if (names->empty())
        return fail("load AppArmor policy", directory, ENOENT, "the image holds no compiled profile; build it again");
    if (auto same = system.check_apparmor_features(std::string(kApparmorFeatures)); !same)
        return same;
    for (const std::string& name : *names) {
        std::string path = directory;
        path.append("/").append(name);
        const auto policy = system.read(path, kMaxPolicy);
        if (!policy)
            return std::unexpected(policy.error());
        if (auto loaded = system.replace_apparmor_policy(*policy); !loaded)
            return fail("load AppArmor policy", path, loaded.error().number);
    }
    return {};
}

}  // namespace anchorhold::init
