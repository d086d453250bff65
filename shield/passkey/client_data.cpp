#include "shield/passkey/client_data.hpp"

#include <openssl/crypto.h>

#include <algorithm>

#include "shield/message/canonical_json.hpp"

namespace anchorhold::passkey {
namespace {

constexpr std::size_t kMaxBytes = 8UL * 1024;

std::unexpected<Error> malformed(std::string_view member, std::string_view detail) {
    return fail("read clientDataJSON", member, 0, detail);
}

std::unexpected<Error> unfit(std::string_view member, std::string_view detail) {
    return fail("check clientDataJSON", member, 0, detail);
}

}  // namespace

Result<ClientData> parse_client_data(ByteView bytes) {
    if (bytes.size() > kMaxBytes)
        return malformed("", "it is longer than 8 KiB");
    const auto value = parse_json(as_text(bytes));
    if (!value || !value->is_object())
        return malformed("", "it is not a JSON object");
    const auto& object = value->get_object();
    const auto type = text_member(object, "type");
    const auto challenge = text_member(object, "challenge");
    const auto origin = text_member(object, "origin");
    if (!type || !challenge || !origin)
        return std::unexpected((!type ? type : !challenge ? challenge : origin).error());
    auto decoded = from_base64url(*challenge);
    if (!decoded)
        return malformed("challenge", "it is not base64url");
    ClientData data{.type = std::string(*type), .challenge = std::move(*decoded), .origin = std::string(*origin)};
    if (const auto* cross = object.if_contains("crossOrigin"); cross != nullptr) {
        if (!cross->is_bool())
            return malformed("crossOrigin", "it is not true or false");
        data.cross_origin = cross->get_bool();
    }
    data.has_top_origin = object.contains("topOrigin");
    return data;
}

Result<> check_client_data(const ClientData& data, std::string_view type, ByteView challenge,
                           const RelyingParty& party) {
    if (data.type != type)
        return unfit("type", "\"" + data.type + "\" instead of \"" + std::string(type) + "\"");
    if (data.challenge.size() != challenge.size() ||
        CRYPTO_memcmp(data.challenge.data(), challenge.data(), challenge.size()) != 0)
        return unfit("challenge", "it is not the one that was asked for");
    if (!std::ranges::contains(party.origins, data.origin))
        return unfit("origin", data.origin + " is not where the page belongs: open it at " +
                                   (party.origins.empty() ? "its own address" : party.origins.front()));
    if (data.cross_origin || data.has_top_origin)
        return unfit(data.cross_origin ? "crossOrigin" : "topOrigin", "the page stood inside another page");
    return {};
}

}  // namespace anchorhold::passkey
