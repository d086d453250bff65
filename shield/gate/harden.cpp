#include "shield/gate/harden.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>

namespace anchorhold::gate {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

}  // namespace

Result<> harden() {
    constexpr rlim_t most_data = 192UL * 1024 * 1024;  // below the 256 MiB that init's cgroup gives
    const rlimit core{0, 0};
    const rlimit data{most_data, most_data};
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return fail("harden", "PR_SET_DUMPABLE", errno);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return fail("harden", "PR_SET_NO_NEW_PRIVS", errno);
    if (setrlimit(RLIMIT_CORE, &core) < 0)
        return fail("harden", "RLIMIT_CORE", errno);
    // AddressSanitizer's shadow alone is larger than that.
    if (!kSanitized && setrlimit(RLIMIT_DATA, &data) < 0)
        return fail("harden", "RLIMIT_DATA", errno);
    return {};
}

}  // namespace anchorhold::gate
