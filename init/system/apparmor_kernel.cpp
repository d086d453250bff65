#include "init/system/apparmor_kernel.hpp"

#include <fcntl.h>
#include <sys/apparmor.h>

#include <cerrno>

#include "base/freed.hpp"

namespace anchorhold::init {
namespace {

constexpr char kApparmorFilesystem[] = "/sys/kernel/security/apparmor";

using Features = Owned<aa_features, aa_features_unref>;
using Kernel = Owned<aa_kernel_interface, aa_kernel_interface_unref>;

Result<Features> features_of_kernel() {
    aa_features* found = nullptr;
    if (aa_features_new_from_kernel(&found) != 0)
        return fail("read the kernel's AppArmor features", kApparmorFilesystem, errno);
    return Features(found);
}

}  // namespace

Result<> check_apparmor_features(const std::string& path) {
    aa_features* read = nullptr;
    if (aa_features_new(&read, AT_FDCWD, path.c_str()) != 0)
        return fail("read AppArmor features", path, errno);
    const Features compiled_for(read);
    const auto running = features_of_kernel();
    if (!running)
        return std::unexpected(running.error());
    if (!aa_features_is_equal(compiled_for.get(), running->get()))
        return fail("compare AppArmor features", path, EPROTO,
                    "the profiles were compiled for a kernel that enforces other things; write the file anew with "
                    "image/guest/apparmor/features-of and build the image again");
    return {};
}

Result<> replace_apparmor_policy(std::string_view policy) {
    const auto features = features_of_kernel();
    if (!features)
        return std::unexpected(features.error());
    aa_kernel_interface* made = nullptr;
    if (aa_kernel_interface_new(&made, features->get(), kApparmorFilesystem) != 0)
        return fail("open the kernel's AppArmor interface", kApparmorFilesystem, errno);
    const Kernel kernel(made);
    if (aa_kernel_interface_replace_policy(kernel.get(), policy.data(), policy.size()) != 0)
        return fail("replace AppArmor policy", kApparmorFilesystem, errno);
    return {};
}

}  // namespace anchorhold::init
