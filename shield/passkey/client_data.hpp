// clientDataJSON: what the browser says it signed for (W3C WebAuthn Level 3, section 5.8.1).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.hpp"
#include "base/error.hpp"

namespace anchorhold::passkey {

struct ClientData {
    std::string type;  // "webauthn.create" or "webauthn.get"
    Bytes challenge;
    std::string origin;
    bool cross_origin = false;
    bool has_top_origin = false;
};

// Members that the specification does not name are ignored, as it demands. At most 8 KiB.
[[nodiscard]] Result<ClientData> parse_client_data(ByteView bytes);

// Who we are to the browser.
struct RelyingParty {
    std::string id;                    // "shield.localhost"
    std::vector<std::string> origins;  // exactly as a browser writes them, scheme and port included
};

// Type, challenge (compared in constant time), origin, and that no foreign page framed ours.
[[nodiscard]] Result<> check_client_data(const ClientData& data, std::string_view type, ByteView challenge,
                                         const RelyingParty& party);

}  // namespace anchorhold::passkey
