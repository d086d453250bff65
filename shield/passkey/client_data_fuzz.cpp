#include <cstdlib>

#include "shield/passkey/client_data.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace anchorhold;
    static const Bytes challenge(32, 0xC4);
    static const passkey::RelyingParty party{"shield.localhost", {"http://anchor.shield.localhost:8711"}};
    const auto parsed = passkey::parse_client_data({data, size});
    // What is taken has our challenge and origin in it, letter by letter.
    if (parsed && passkey::check_client_data(*parsed, "webauthn.get", challenge, party) &&
        (parsed->challenge != challenge || parsed->origin != party.origins.front() || parsed->cross_origin))
        std::abort();
    return 0;
}
