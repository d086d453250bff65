#include "base/harden.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>

namespace anchorhold {

Result<> harden() {
    const rlimit core{0, 0};
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return fail("harden", "PR_SET_DUMPABLE", errno);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return fail("harden", "PR_SET_NO_NEW_PRIVS", errno);
    if (setrlimit(RLIMIT_CORE, &core) < 0)
        return fail("harden", "RLIMIT_CORE", errno);
    return {};
}

}  // namespace anchorhold
