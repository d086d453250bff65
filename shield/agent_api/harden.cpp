#include "shield/agent_api/harden.hpp"

#include <sys/resource.h>

#include <cerrno>

#include "base/harden.hpp"

namespace anchorhold::agent_api {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

}  // namespace

Result<> harden() {
    constexpr rlim_t max_data = 64UL * 1024 * 1024;  // below the 96 MiB that init's cgroup gives
    const rlimit data{max_data, max_data};
    // AddressSanitizer's shadow alone is larger than that.
    if (!kSanitized && setrlimit(RLIMIT_DATA, &data) < 0)
        return fail("harden", "RLIMIT_DATA", errno);
    return anchorhold::harden();
}

}  // namespace anchorhold::agent_api
