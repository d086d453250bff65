// The whole of what a page may send as a new credential, as JSON text, and its attestation object alone.
#include <string_view>

#include "shield/passkey/registration.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace anchorhold;
    static const Bytes challenge(32, 0xC4);
    static const passkey::RelyingParty party{"shield.localhost", {"http://anchor.shield.localhost:8711"}};
    (void)passkey::parse_attestation_object({data, size});
    const auto value = parse_json(as_text({data, size}));
    if (value && value->is_object())
        (void)passkey::verify_registration(value->get_object(), party, challenge, {});
    return 0;
}
