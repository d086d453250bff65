// Signature and signers come from outside: any bytes are read or refused, and none is taken for a good signature.
#include <cstdint>
#include <cstdlib>

#include "shield/profile/allowed_signers.hpp"
#include "shield/profile/sshsig.hpp"

using namespace anchorhold::profile;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    (void)parse_allowed_signers(text);
    if (const auto signature = parse_signature(text))
        (void)verify_signature(*signature, "text", signature->name_space);
    // The same bytes as the blob inside the armour, past base64.
    const std::string armoured = "-----BEGIN SSH SIGNATURE-----\n" +
                                 anchorhold::to_base64(anchorhold::ByteView(data, size)) +
                                 "\n-----END SSH SIGNATURE-----\n";
    if (const auto signature = parse_signature(armoured))
        if (verify_signature(*signature, "text that nobody signed", kProfileNamespace))
            std::abort();
    return 0;
}
