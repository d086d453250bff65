#include "shield/passkey/registration.hpp"

#include <algorithm>
#include <optional>

#include "shield/passkey/authenticator_data.hpp"

namespace anchorhold::passkey {
namespace {

std::unexpected<Error> refused(std::string_view what, std::string_view detail) {
    return fail("register passkey", what, 0, detail);
}

std::unexpected<Error> malformed(std::string_view detail) {
    return fail("read attestation object", "", 0, detail);
}

// Packed without x5c (section 8.2): the new key signs its own birth.
Result<> verify_packed(ByteView statement, ByteView authenticator_data, ByteView client_data, const PublicKey& key) {
    CborReader reader(statement);
    const auto pairs = reader.map();
    std::optional<std::int64_t> algorithm;
    std::optional<ByteView> signature;
    for (std::uint64_t i = 0; i < pairs.value_or(0); ++i) {
        const auto name = reader.text();
        if (name && *name == "alg" && !algorithm) {
            if (const auto value = reader.integer(); value)
                algorithm = *value;
        } else if (name && *name == "sig" && !signature) {
            if (const auto value = reader.bytes(); value)
                signature = *value;
        } else {
            return refused("attStmt", "a packed statement with more than alg and sig was not asked for");
        }
    }
    if (!algorithm || !signature || *algorithm != static_cast<std::int64_t>(key.algorithm))
        return refused("attStmt", "the packed statement is malformed or of another algorithm than the key");
    const Digest hash = sha256({client_data});
    return verify_signature(key, {authenticator_data, hash}, *signature);
}

Result<> verify_statement(const AttestationObject& object, ByteView client_data, const PublicKey& key) {
    if (object.format == "packed")
        return verify_packed(object.statement, object.authenticator_data, client_data, key);
    if (object.format != "none")
        return refused("fmt", "attestation was not asked for");
    if (object.statement.size() != 1)
        return refused("attStmt", "it is not empty though fmt is none");
    return {};
}

// What the browser repeats for its page's convenience.
Result<> verify_repeated(const json::object& response, ByteView authenticator_data, const PublicKey& key) {
    const auto data = optional_bytes_member(response, "authenticatorData");
    const auto spki = optional_bytes_member(response, "publicKey");
    if (!data || !spki)
        return std::unexpected((!data ? data : spki).error());
    const std::optional<Bytes>& repeated_data = *data;
    const std::optional<Bytes>& repeated_key = *spki;
    if (repeated_data && !std::ranges::equal(*repeated_data, authenticator_data))
        return refused("authenticatorData", "it differs from that in the attestation object");
    if (repeated_key && !std::ranges::equal(*repeated_key, key.spki))
        return refused("publicKey", "it differs from that in the attestation object");
    const auto* algorithm = response.if_contains("publicKeyAlgorithm");
    if (algorithm != nullptr && *algorithm != static_cast<std::int64_t>(key.algorithm))
        return refused("publicKeyAlgorithm", "it differs from that in the attestation object");
    return {};
}

}  // namespace

Result<AttestationObject> parse_attestation_object(ByteView bytes) {
    CborReader reader(bytes);
    const auto pairs = reader.map();
    if (!pairs)
        return malformed(pairs.error());
    if (*pairs != 3)
        return malformed("it does not have exactly fmt, attStmt and authData");
    std::optional<std::string_view> format;
    std::optional<ByteView> statement;
    std::optional<ByteView> data;
    for (int i = 0; i < 3; ++i) {
        const auto name = reader.text();
        if (!name)
            return malformed(name.error());
        std::string_view problem = "a member is unknown or stands twice";
        if (*name == "fmt" && !format) {
            const auto value = reader.text();
            value ? void(format = *value) : void(problem = value.error());
        } else if (*name == "attStmt" && !statement) {
            CborReader peek = reader;
            const auto map = peek.map();
            const auto value = map ? reader.skip() : std::unexpected(map.error());
            value ? void(statement = *value) : void(problem = value.error());
        } else if (*name == "authData" && !data) {
            const auto value = reader.bytes();
            value ? void(data = *value) : void(problem = value.error());
        }
        if (format.has_value() + statement.has_value() + data.has_value() != i + 1)
            return malformed(problem);
    }
    if (!format || !statement || !data || !reader.rest().empty())
        return malformed("bytes follow it");
    return AttestationObject{*format, *statement, *data};
}

Result<Passkey> verify_registration(const json::object& credential, const RelyingParty& party, ByteView challenge,
                                    std::span<const Passkey> known) {
    const auto outer = read_credential_json(credential);
    if (!outer)
        return std::unexpected(outer.error());
    const auto client_bytes = bytes_member(*outer->response, "clientDataJSON");
    const auto object_bytes = bytes_member(*outer->response, "attestationObject");
    if (!client_bytes || !object_bytes)
        return std::unexpected((!client_bytes ? client_bytes : object_bytes).error());

    const auto client = parse_client_data(*client_bytes);
    if (!client)
        return std::unexpected(client.error());
    if (auto ok = check_client_data(*client, "webauthn.create", challenge, party); !ok)
        return std::unexpected(ok.error());

    const auto object = parse_attestation_object(*object_bytes);
    if (!object)
        return std::unexpected(object.error());
    auto data = parse_authenticator_data(object->authenticator_data);
    if (!data)
        return std::unexpected(data.error());
    if (auto ok = check_authenticator_data(*data, party.id); !ok)
        return std::unexpected(ok.error());
    std::optional<AttestedCredential>& given = data->attested;
    if (!given)
        return refused("AT", "the authenticator data holds no new credential");
    AttestedCredential& attested = *given;
    if (attested.id != outer->id)
        return refused("id", "it differs from that in the authenticator data");
    if (auto ok = verify_repeated(*outer->response, object->authenticator_data, attested.key); !ok)
        return std::unexpected(ok.error());
    if (auto ok = verify_statement(*object, *client_bytes, attested.key); !ok)
        return std::unexpected(ok.error());
    if (std::ranges::contains(known, attested.id, &Passkey::id))
        return refused("id", "this passkey is registered already");
    return Passkey{.name = {},
                   .id = std::move(attested.id),
                   .key = std::move(attested.key),
                   .backup_eligible = data->backup_eligible,
                   .sign_count = data->sign_count,
                   .created = 0};
}

}  // namespace anchorhold::passkey
