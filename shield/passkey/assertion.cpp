#include "shield/passkey/assertion.hpp"

#include <algorithm>

#include "shield/passkey/authenticator_data.hpp"

namespace anchorhold::passkey {
namespace {

std::unexpected<Error> refused(std::string_view what, std::string_view detail) {
    return fail("verify assertion", what, 0, detail);
}

Result<> check_user(const json::object& response, ByteView user_handle) {
    const auto given = optional_bytes_member(response, "userHandle");
    if (!given)
        return std::unexpected(given.error());
    const std::optional<Bytes>& handle = *given;
    if (handle && !std::ranges::equal(*handle, user_handle))
        return refused("userHandle", "the passkey belongs to another user");
    return {};
}

}  // namespace

Result<Assertion> read_assertion(const json::object& credential, const RelyingParty& party, ByteView challenge,
                                 ByteView user_handle, std::span<const Passkey> known) {
    const auto outer = read_credential_json(credential);
    if (!outer)
        return std::unexpected(outer.error());
    const auto found = std::ranges::find(known, outer->id, &Passkey::id);
    if (found == known.end())
        return refused("id", "this passkey is not registered here");
    if (auto ok = check_user(*outer->response, user_handle); !ok)
        return std::unexpected(ok.error());

    auto client_bytes = bytes_member(*outer->response, "clientDataJSON");
    auto data_bytes = bytes_member(*outer->response, "authenticatorData");
    auto signature = bytes_member(*outer->response, "signature");
    if (!client_bytes || !data_bytes || !signature)
        return std::unexpected((!client_bytes ? client_bytes : !data_bytes ? data_bytes : signature).error());

    const auto client = parse_client_data(*client_bytes);
    if (!client)
        return std::unexpected(client.error());
    if (auto ok = check_client_data(*client, "webauthn.get", challenge, party); !ok)
        return std::unexpected(ok.error());

    const auto data = parse_authenticator_data(*data_bytes);
    if (!data)
        return std::unexpected(data.error());
    if (auto ok = check_authenticator_data(*data, party.id); !ok)
        return std::unexpected(ok.error());
    if (data->attested)
        return refused("AT", "an assertion carries no new credential");
    if (data->backup_eligible != found->backup_eligible)
        return refused("BE", "the passkey's eligibility for backup is not what it was at registration");

    const bool counts = data->sign_count != 0 || found->sign_count != 0;
    return Assertion{.passkey = static_cast<std::size_t>(found - known.begin()),
                     .client_data = std::move(*client_bytes),
                     .authenticator_data = std::move(*data_bytes),
                     .signature = std::move(*signature),
                     .sign_count = data->sign_count,
                     .count_went_back = counts && data->sign_count <= found->sign_count};
}

Result<Assertion> verify_assertion(const json::object& credential, const RelyingParty& party, ByteView challenge,
                                   ByteView user_handle, std::span<const Passkey> known) {
    auto assertion = read_assertion(credential, party, challenge, user_handle, known);
    if (!assertion)
        return assertion;
    const Digest hash = sha256({assertion->client_data});
    if (auto ok = verify_signature(known[assertion->passkey].key, {assertion->authenticator_data, hash},
                                   assertion->signature);
        !ok)
        return refused("signature", ok.error().detail);
    return assertion;
}

}  // namespace anchorhold::passkey
