// Whatever the host's tables hold: every credential taken has a name that is safe as a file name and a bounded value.
#include <cstdlib>

#include "init/credentials/credential.hpp"

using namespace anchorhold;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto found = init::parse_smbios_strings({data, size}, "fuzz");
    for (const auto& credential : found.credentials) {
        if (!init::valid_credential_name(credential.name) || credential.name.contains('/') ||
            credential.value.size() > init::kMaxCredentialBytes)
            std::abort();
    }
    return 0;
}
