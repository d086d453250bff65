#include <cstdlib>

#include "shield/passkey/authenticator_data.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace anchorhold::passkey;
    const auto parsed = parse_authenticator_data({data, size});
    if (!parsed)
        return 0;
    constexpr unsigned more = 1U << 6U | 1U << 7U;  // AT, ED
    const bool plain = (data[32] & more) == 0;
    if (plain != (size == 37) || (parsed->backed_up && !parsed->backup_eligible))
        std::abort();
    // A key that was taken is taken again from its own bytes.
    const std::optional<AttestedCredential>& attested = parsed->attested;
    if (attested && !parse_cose_key(attested->key.cose))
        std::abort();
    return 0;
}
