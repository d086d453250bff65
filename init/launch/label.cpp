#include "init/launch/label.hpp"

#include <sys/apparmor.h>
#include <sys/capability.h>

#include <cerrno>
#include <type_traits>
#include <vector>

#include "base/freed.hpp"

namespace anchorhold::init {

Result<> ask_label(const std::string& profile) {
    if (!profile.empty() && aa_change_onexec(profile.c_str()) != 0)
        return fail("apparmor profile", profile, errno);
    return {};
}

Result<> keep_until_exec(std::span<const int> capabilities, const std::string& profile) {
    std::vector<cap_value_t> kept(capabilities.begin(), capabilities.end());
    if (!profile.empty())
        kept.push_back(CAP_MAC_OVERRIDE);
    const Owned<std::remove_pointer_t<cap_t>, cap_free> wanted(cap_init());
    if (!wanted)
        return fail("capabilities", profile, errno);
    for (const cap_flag_t set : {CAP_PERMITTED, CAP_EFFECTIVE}) {
        if (!kept.empty() && cap_set_flag(wanted.get(), set, static_cast<int>(kept.size()), kept.data(), CAP_SET) != 0)
            return fail("capabilities", profile, errno);
    }
    if (cap_set_proc(wanted.get()) != 0)
        return fail("capabilities", profile, errno);
    return {};
}

}  // namespace anchorhold::init
